import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it, vi } from "vitest";
import { startAgent } from "../../support/fake-agent.ts";
import {
  makeKey,
  startHangingUpListener,
  startListener,
  startSilentListener,
  startSshd,
} from "../../support/fake-sshd.ts";
import { sshWorld } from "../../support/ssh-world.ts";
import { authorized, run, silenceOf } from "./asking.ts";

describe("a connection", () => {
  it("runs commands on a host whose key is known, over one connection", async () => {
    const sshd = await startSshd({ authorized });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    const [first, second] = await Promise.all([run(node, "echo out; echo err >&2; exit 3"), run(node, "echo two")]);
    expect(first).toEqual({ end: { kind: "exit", code: 3 }, stdout: "out\n", stderr: "err\n" });
    expect(second.stdout).toBe("two\n");
    expect(sshd.seen.connections).toBe(1);
    await node.close();
    await vi.waitFor(() => expect(sshd.open()).toBe(0), { timeout: 10_000 });
  });

  it("sends nothing but a key exchange to a host whose key is unknown", async () => {
    const sshd = await startSshd({ authorized });
    const world = sshWorld({ ham0: { port: sshd.port } });
    expect(await silenceOf(run(world.node("ham0"), "true"))).toMatchObject({
      state: "failed",
      reason: "host-key-unknown",
      hint: "mclu trust ham0",
    });
    expect(sshd.seen).toMatchObject({ connections: 1, logins: [], commands: [] });
    expect(readFileSync(world.knownHosts, "utf8")).toBe("");
  });

  it.each(["ask", "yes", "accept-new", "no"])(
    "sends nothing to a host whose key has changed, StrictHostKeyChecking %s",
    async (strictHostKeyChecking) => {
      const sshd = await startSshd({ authorized });
      const other = makeKey().public;
      const world = sshWorld({ ham0: { port: sshd.port, known: other } }, { strictHostKeyChecking });
      const before = readFileSync(world.knownHosts, "utf8");
      expect(await silenceOf(run(world.node("ham0"), "true"))).toMatchObject({
        reason: "host-key-changed",
        hint: `ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f ${world.knownHosts}`,
      });
      expect(sshd.seen).toMatchObject({ logins: [], commands: [] });
      expect(readFileSync(world.knownHosts, "utf8")).toBe(before);
    },
  );

  it("sends nothing to a host whose key is revoked, however often it is known", async () => {
    const sshd = await startSshd({ authorized });
    const world = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }, { strictHostKeyChecking: "no" });
    writeFileSync(world.knownHosts, `@revoked * ${sshd.hostKey}\n`, { flag: "a" });
    expect(await silenceOf(run(world.node("ham0"), "true"))).toMatchObject({ reason: "host-key-changed" });
    expect(sshd.seen.logins).toEqual([]);
  });

  it("remembers an unknown key with accept-new, and goes on where it cannot be written", async () => {
    const sshd = await startSshd({ authorized });
    const world = sshWorld({ ham0: { port: sshd.port } }, { strictHostKeyChecking: "accept-new" });
    await run(world.node("ham0"), "true");
    expect(readFileSync(world.knownHosts, "utf8")).toBe(`[127.0.0.1]:${sshd.port} ${sshd.hostKey}\n`);
    const config = [`UserKnownHostsFile /nonexistent/known_hosts`];
    const readOnly = sshWorld({ ham0: { port: sshd.port, config } }, { strictHostKeyChecking: "accept-new" });
    expect((await run(readOnly.node("ham0"), "echo in")).stdout).toBe("in\n");
  });

  it("signs with a key that is here at once, and does not ask first whether the host takes it", async () => {
    const sshd = await startSshd({ authorized });
    const world = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } });
    expect((await run(world.node("ham0"), "echo in")).stdout).toBe("in\n");
    expect(sshd.seen.logins).toEqual([{ method: "publickey", user: "admin" }]);
  });

  it("says which command brings a key to a host that accepts none", async () => {
    const sshd = await startSshd({ authorized: [makeKey().public] });
    const world = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } });
    expect(await silenceOf(run(world.node("ham0"), "true"))).toMatchObject({
      reason: "auth",
      hint: `ssh-copy-id -i ${world.identity} -p ${sshd.port} admin@ham0`,
    });
    expect(sshd.seen.logins.every(({ method, user }) => method === "publickey" && user === "admin")).toBe(true);
  });

  it("tells a refused port, a server that hangs up and one that is no sshd from each other", async () => {
    const hangingUp = await startHangingUpListener();
    const world = sshWorld({ refused: { port: 1 }, hangingUp: { port: hangingUp.port } });
    expect(await silenceOf(run(world.node("refused"), "true"))).toMatchObject({ reason: "refused" });
    expect(await silenceOf(run(world.node("hangingUp"), "true"))).toMatchObject({ reason: "lost" });
    const strangers: [string, string][] = [
      ["HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "HTTP/1.1 400 Bad Request"],
      // no line: MySQL; and more than anyone reads
      ["J\0\0\0\n8.0.36\0", "J\0\0\0"],
      ["x".repeat(20_000), `${"x".repeat(60)}...`],
    ];
    for (const [said, shown] of strangers) {
      const stranger = await startListener((socket) => void socket.end(said));
      const detail = `no SSH greeting from 127.0.0.1 port ${stranger.port}, but "${shown}"`;
      const hint = `ssh -v -p ${stranger.port} admin@stranger`;
      const silence = silenceOf(run(sshWorld({ stranger: { port: stranger.port } }).node("stranger"), "true"));
      expect(await silence).toEqual({ state: "failed", reason: "protocol", detail, hint });
    }
  });

  it("takes no lines before the greeting for a stranger's", async () => {
    const sshd = await startListener((socket) => {
      socket.write("welcome to ham0\r\n");
      setTimeout(() => socket.end("SSH-2.0-OpenSSH_9.2p1\r\n"), 50);
    });
    const world = sshWorld({ ham0: { port: sshd.port } });
    expect(await silenceOf(run(world.node("ham0"), "true"))).toMatchObject({ reason: "lost" });
  });

  it("gives up on a server that accepts and says nothing, sooner when it is interrupted", async () => {
    const silent = await startSilentListener();
    const world = sshWorld({ ham0: { port: silent.port } });
    const started = Date.now();
    const controller = new AbortController();
    const interrupted = world.node("ham0").transport({ patient: true, signal: controller.signal });
    setTimeout(() => controller.abort(), 300);
    expect(await silenceOf(interrupted)).toMatchObject({ detail: "interrupted" });
    expect(Date.now() - started).toBeLessThan(2000);
    expect(await silenceOf(run(world.node("ham0"), "true"))).toMatchObject({ reason: "slow" });
    expect(Date.now() - started).toBeLessThan(12_000);
  });
});

describe("an agent that does not sign", () => {
  it("is passed over: the next key may do", async () => {
    const [inAgent, onDisk] = [makeKey(), makeKey()];
    const sshd = await startSshd({ authorized: [inAgent.public, onDisk.public] });
    const agent = await startAgent(inAgent.public);
    const config = [`IdentityAgent ${agent.socketPath}`, "IdentitiesOnly no"];
    const world = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey, config } }, { key: onDisk });
    expect((await run(world.node("ham0"), "echo in")).stdout).toBe("in\n");
    expect(agent.signatures()).toBe(1);
  });
});

describe("an encrypted key", () => {
  const locked = makeKey("open sesame");

  it("is asked for once, three times at most, and opens every node", async () => {
    const sshd = await startSshd({ authorized: [locked.public] });
    const host = { port: sshd.port, known: sshd.hostKey };
    const world = sshWorld({ a: host, b: host }, { key: locked });
    const asked: string[] = [];
    const session = world.session({
      confirmHostKeys: () => Promise.reject(new Error("all keys are known")),
      passphrase(path, attempt) {
        asked.push(`${path} ${attempt}`);
        return Promise.resolve(attempt === 1 ? "wrong" : "open sesame");
      },
    });
    const answers = await Promise.all(["a", "b"].map((name) => run(world.node(name, session), "echo in")));
    expect(answers.map(({ stdout }) => stdout)).toEqual(["in\n", "in\n"]);
    expect(asked).toEqual([`${world.identity} 1`, `${world.identity} 2`]);
  });

  it("that nobody opens is an auth failure with ssh-add", async () => {
    const sshd = await startSshd({ authorized: [locked.public] });
    const world = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }, { key: locked });
    expect(await silenceOf(run(world.node("ham0"), "true"))).toMatchObject({
      reason: "auth",
      hint: `ssh-add ${world.identity}`,
    });
  });
});
