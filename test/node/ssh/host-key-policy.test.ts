import { describe, expect, it } from "vitest";
import { type HostKeyPolicy, judgeHostKey } from "../../../src/node/ssh/host-key-policy.ts";
import { parsePublicKey } from "../../../src/node/ssh/key-blob.ts";
import { parseKnownHosts } from "../../../src/node/ssh/known-hosts.ts";
import { makeKey } from "../../support/fake-sshd.ts";
import { settingsWith } from "./settings.ts";

const shown = parsePublicKey(makeKey().public)?.key ?? expect.fail("no key");

/** What comes of a key that nobody knows, where a known_hosts file could not be read for this reason. */
async function judge(unreadable: string, strict: "accept-new" | "no" | "ask") {
  const remembered: string[] = [];
  const policy: HostKeyPolicy = {
    settings: settingsWith({ strictHostKeyChecking: strict }),
    target: { host: "ham0", port: 22 },
    files: [{ ...parseKnownHosts("", "/known hosts"), unreadable }],
    address: undefined,
    remember: async ({ node }) => void remembered.push(node),
  };
  return { refusal: await judgeHostKey("ham0", shown, policy), remembered };
}

describe("a key that is new because known_hosts could not be read", () => {
  it.each(["EMFILE", "ENFILE", "EIO", "it is larger than 64 MiB"])("is never accepted by itself: %s", async (why) => {
    for (const strict of ["accept-new", "no"] as const) {
      const { refusal, remembered } = await judge(why, strict);
      expect(refusal?.silence).toMatchObject({
        reason: "host-key-unknown",
        detail: expect.stringContaining(`/known hosts cannot be read (${why})`),
        hint: why.endsWith("FILE") ? "ulimit -n 4096" : "ls -l '/known hosts'",
      });
      expect(remembered).toEqual([]);
    }
  });

  it("is accepted where OpenSSH cannot read it either", async () => {
    expect(await judge("EACCES", "accept-new")).toEqual({ refusal: undefined, remembered: ["ham0"] });
    expect((await judge("EACCES", "ask")).refusal?.silence).toMatchObject({ hint: "ls -l '/known hosts'" });
  });
});
