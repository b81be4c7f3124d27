import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseHostFacts } from "../../src/libvirt/host-facts.ts";
import { hostScript } from "../../src/libvirt/host-facts-shell.ts";
import { commandLine } from "../../src/node/shell.ts";
import { sshWords } from "../../src/operations/copy/transfer-shell.ts";
import { controlQuery } from "../../src/operations/move/reach-target.ts";
import { letKnow, letLogin, loginWords, nodeToNode } from "../../src/operations/node-login.ts";
import { startSshd } from "../node/openssh/sshd.ts";
import { makeHome, makeKey, publicKey } from "../node/openssh/world.ts";

const asUser = "on ham0, as the user that mclu works as there:";

/** A node whose own ssh_config would go on with any key, and another one that shows the key which is known there, or not. */
async function careless(known: "known" | "changed" | "unknown") {
  const { directory, key } = makeHome();
  const sshd = await startSshd(directory);
  const file = (name: string, text: string) => {
    writeFileSync(join(directory, name), text, { mode: 0o755 });
    return join(directory, name);
  };
  const other = `[127.0.0.1]:${sshd.port} ${publicKey(makeKey(directory, "other"))}\n`;
  const hosts = file("hosts", { known: `${sshd.known}\n`, changed: other, unknown: "" }[known]);
  const section = `Host 127.0.0.1\n  StrictHostKeyChecking no\n  IdentityFile ${key}\n  UserKnownHostsFile ${hosts}\n`;
  const config = file("ssh_config", section);
  // ssh looks for its settings where the account's home is, whatever HOME says
  file("ssh", `#!/bin/sh\nexec /usr/bin/ssh -F ${config} "$@"\n`);
  // as libvirt does, with no_tty
  const login = `ssh -p ${sshd.port} -T -e none -o BatchMode=yes -- 127.0.0.1 true`;
  file("virsh", `#!/bin/sh\n${login} 2>/dev/null || { echo 'error: no' >&2; exit 1; }\necho mclu-hostham1\n`);
  const env = { ...process.env, PATH: `${directory}:${process.env["PATH"]}` };
  // never blocks: the server is heard meanwhile
  const run = ([program = "", ...args]: readonly string[]) =>
    new Promise<{ code: number; stdout: string }>((resolve) => {
      const child = execFile(program, args, { env }, (_error, stdout) =>
        resolve({ code: child.exitCode ?? -1, stdout }),
      );
      child.stdin?.end();
    });
  return {
    run,
    words: ["-p", String(sshd.port), "127.0.0.1"],
    uri: `qemu+ssh://127.0.0.1:${sshd.port}/system?no_tty=1`,
  };
}

describe("a node whose ssh_config says StrictHostKeyChecking no", () => {
  it.each([
    ["known", 0, { host: "ham1" }],
    ["changed", 255, { refusal: "Host key verification failed." }],
    ["unknown", 255, { refusal: "Host key verification failed." }],
  ] as const)("reaches another node by a key that is %s, or not at all", async (known, code, answer) => {
    const { run, words, uri } = await careless(known);
    expect(await run([...sshWords(words), "true"])).toMatchObject({ code });
    const query = controlQuery(uri, words);
    const [step] = query.steps;
    if (!step || !("run" in step)) throw new Error("no command");
    const said = await run(step.run);
    expect(query.parse([{ code: said.code, texts: [said.stdout] }])).toEqual(answer);
    const script = [
      "sh",
      "-c",
      hostScript.replaceAll("virsh", "false"),
      "mclu-doctor",
      "qemu:///system",
      "default",
      "",
    ];
    const test = commandLine(["ssh", "-T", ...nodeToNode, ...words]);
    const facts = parseHostFacts((await run([...script, `${test} true`, `${test} exit 7`])).stdout);
    const seen = known === "known" ? (["yes", "no"] as const) : (["key", "key"] as const);
    expect([facts.peers.get(0), facts.peers.get(1)]).toEqual(seen);
    // what libvirt starts would have gone on
    expect(await run(["virsh"])).toMatchObject({ code: 0 });
  });

  it("asks libvirt, whatever the other node's own command for that login does", async () => {
    const { run, uri } = await careless("known");
    const [step] = controlQuery(uri, ["127.0.0.1"]).steps;
    if (!step || !("run" in step)) throw new Error("no command");
    const { stdout } = await run(step.run.map((word) => (word === "ssh" ? "false" : word)));
    expect(stdout).toBe("ham1\n");
  });
});

describe("what is to be typed on a node", () => {
  it("names the other one as its own ssh does", () => {
    expect(loginWords({ host: "ham1", user: "kei", port: 2222 })).toEqual(["-p", "2222", "kei@ham1"]);
    expect(letLogin("ham0", "kei@ham1")).toBe(`${asUser} ssh-copy-id kei@ham1, and ssh kei@ham1 once`);
  });

  it.each([
    [{ host: "ham1" }, "ssh-keygen -R ham1, and ssh -o StrictHostKeyChecking=ask ham1 once"],
    [{ host: "ham1", port: 22 }, "ssh-keygen -R ham1, and ssh -o StrictHostKeyChecking=ask -p 22 ham1 once"],
    [
      { host: "fd00::1", port: 2222, user: "kei" },
      "ssh-keygen -R '[fd00::1]:2222', and ssh -o StrictHostKeyChecking=ask -p 2222 kei@fd00::1 once",
    ],
  ])("forgets the key of %j as known_hosts has it", (settings, words) => {
    expect(letKnow("ham0", settings)).toBe(`${asUser} ${words}, which shows the key`);
  });
});
