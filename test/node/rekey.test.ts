import { execFileSync } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { startSshd } from "./openssh/sshd.ts";
import { makeHome, makeWorld } from "./openssh/world.ts";

const megabyte = 1024 * 1024;
/** So many bytes that look random and are the same each time. */
const bytes = (megabytes: number) =>
  `head -c ${megabytes}M /dev/zero | openssl enc -aes-128-ctr -K 00 -iv 00 2>/dev/null`;
const digestOf = (command: string) =>
  execFileSync("sh", ["-c", `${command} | sha256sum`], { encoding: "utf8" }).split(" ", 1)[0];

describe("a long session in which keys are exchanged again and again", () => {
  // after a megabyte or two seconds: the server wants it, and with OpenSSH the client as well
  const often = "RekeyLimit 1M 2s";

  it.each(["ssh", "openssh"] as const)(
    "loses no byte of 200 MB, over %s",
    async (transport) => {
      const { directory, key } = makeHome();
      const sshd = await startSshd(directory, [often, "KexAlgorithms curve25519-sha256"]);
      const hosts = { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, often] };
      const node = makeWorld(directory, hosts, [sshd.known]).node("ham0", { transport });
      const hash = createHash("sha256");
      let stderr = "";
      const sinks = {
        onStdout: (chunk: Buffer) => void hash.update(chunk),
        onStderr: (chunk: Buffer) => {
          stderr += chunk;
        },
      };
      const down = await node.stream({ shell: `${bytes(200)}; echo done >&2; exit 7` }, sinks);
      expect(down).toEqual({ kind: "exit", code: 7 });
      expect(hash.digest("hex")).toBe(digestOf(bytes(200)));
      expect(stderr).toBe("done\n");
      const exchanges = sshd.keyExchanges();
      expect(exchanges).toBeGreaterThan(50);

      const sent = randomBytes(20 * megabyte);
      let answer = "";
      const pieces = Array.from({ length: 320 }, (_, index) => sent.subarray(index * 65_536, (index + 1) * 65_536));
      const up = await node.stream(
        { shell: "sha256sum" },
        {
          stdin: Readable.from(pieces),
          onStdout: (chunk) => {
            answer += chunk;
          },
          onStderr: () => undefined,
        },
      );
      expect(up).toEqual({ kind: "exit", code: 0 });
      expect(answer.split(" ", 1)[0]).toBe(createHash("sha256").update(sent).digest("hex"));
      expect(sshd.keyExchanges()).toBeGreaterThan(exchanges + 5);
      expect(sshd.logins()).toBe(1);
    },
    120_000,
  );
});
