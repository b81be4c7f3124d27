import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { SshSession } from "../../../src/node/ssh/session.ts";
import { startSshd } from "../../support/fake-sshd.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { sshWorld } from "../../support/ssh-world.ts";
import { authorized, run, silenceOf } from "./asking.ts";

describe("a ProxyCommand", () => {
  const relay = `${process.execPath} -e "const s=require('net').connect(%p,'%h');process.stdin.pipe(s).pipe(process.stdout)"`;

  it("carries the connection and ends with it", async () => {
    const sshd = await startSshd({ authorized });
    const config = [`ProxyCommand ${relay}`];
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey, config } }).node("ham0");
    expect((await run(node, "echo through")).stdout).toBe("through\n");
    await node.close();
    await vi.waitFor(() => expect(sshd.open()).toBe(0), { timeout: 3000 });
  });

  it("is for the user's shell, as ssh has it", async () => {
    const sshd = await startSshd({ authorized });
    // of bash alone
    const config = [`ProxyCommand ${relay.replace("'%h'", "'$(cat <(echo %h))'")}`];
    const world = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey, config } });
    const session = new SshSession({ env: { ...world.env, SHELL: "/bin/bash" }, cacheDirectory: temporaryDirectory() });
    const node = world.node("ham0", session);
    expect((await run(node, "echo through")).stdout).toBe("through\n");
  });

  it("has no terminal to ask on, and no window", async () => {
    const directory = temporaryDirectory();
    const seen = join(directory, "seen");
    const look = `{ ps -o sid= -p $$; env | grep -E 'ASKPASS|DISPLAY'; } >${seen}`;
    const world = sshWorld({ ham0: { port: 22, config: [`ProxyCommand sh -c "${look}; exit 1"`] } });
    const env = { ...world.env, DISPLAY: ":0", SSH_ASKPASS: "/bin/ask", SSH_ASKPASS_REQUIRE: "force" };
    const session = new SshSession({ env, cacheDirectory: directory });
    await silenceOf(run(world.node("ham0", session), "true"));
    const [sid, ...variables] = readFileSync(seen, "utf8").trim().split("\n");
    const own = spawnSync("ps", ["-o", "sid=", "-p", String(process.pid)], { encoding: "utf8" }).stdout;
    expect(Number(sid)).toBeGreaterThan(0);
    expect(Number(sid)).not.toBe(Number(own));
    expect(variables).toEqual(["SSH_ASKPASS_REQUIRE=never"]);
  });

  it("that has started something takes it along", async () => {
    const marker = `3${process.pid}.5`;
    const config = [`ProxyCommand sh -c "sleep ${marker} & sleep ${marker}"`];
    const node = sshWorld({ ham0: { port: 22, config } }).node("ham0");
    const controller = new AbortController();
    const left = () => spawnSync("pgrep", ["-fx", `sleep ${marker}`], { encoding: "utf8" }).stdout;
    const connecting = node.transport({ patient: true, signal: controller.signal });
    await vi.waitFor(() => expect(left()).not.toBe(""), { timeout: 5000 });
    controller.abort();
    expect(await silenceOf(connecting)).toMatchObject({ detail: "interrupted" });
    await vi.waitFor(() => expect(left()).toBe(""), { timeout: 2000 });
  });

  it("that fails says why", async () => {
    const config = ["ProxyCommand sh -c 'echo no way there >&2; exit 3'"];
    const node = sshWorld({ ham0: { port: 22, config } }).node("ham0");
    expect(await silenceOf(run(node, "true"))).toMatchObject({
      reason: "jump",
      detail: "ProxyCommand ended: no way there, exit code 3",
    });
  });
});
