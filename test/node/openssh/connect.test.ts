import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import type { NodeSilence } from "../../../src/node/failure.ts";
import type { Node } from "../../../src/node/node.ts";
import { makeNonce, runScript } from "../../../src/node/run-script.ts";
import { onTerminal } from "../../../src/node/terminal-command.ts";
import { runCommand, startSshd as startFakeSshd } from "../../support/fake-sshd.ts";
import { startSilentServer, startSshd } from "./sshd.ts";
import {
  ask,
  certify,
  clients,
  expectNothingLeft,
  makeHome,
  makeKey,
  makeWorld,
  publicKey,
  silenceOf,
} from "./world.ts";

const openssh = { transport: "openssh" } as const;

async function run(node: Node, shell: string) {
  const [stdout, stderr]: Buffer[][] = [[], []];
  const end = await node.stream(
    { shell },
    { onStdout: (chunk) => void stdout?.push(chunk), onStderr: (chunk) => void stderr?.push(chunk) },
  );
  return { end, bytes: Buffer.concat(stdout ?? []).length, stderr: Buffer.concat(stderr ?? []).toString() };
}

describe("the system's ssh as transport", () => {
  it("answers several questions over one login, and leaves nothing", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory);
    const world = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, "ProxyUseFDPass yes"] }, [
      sshd.known,
    ]);
    const node = world.node("ham0", openssh);
    const answers = ["echo one", "echo two", 'echo "$LC_ALL"; cat; echo >&2 err'].map((body) => ask(node, body));
    expect(await Promise.all(answers)).toEqual(["one\n", "two\n", "C\n"]);
    expect(await ask(node, "seq 20000 | tail -1")).toBe("20000\n");
    expect(node.transportUse).toEqual({ kind: "openssh", reason: "transport = openssh" });
    expect([sshd.connections(), sshd.logins()]).toEqual([1, 1]);
    expect(sshd.authentications()).toBeGreaterThan(0);
    expect(clients(directory)).not.toEqual([]);
    await node.close();
    await expectNothingLeft(directory);
  });

  it("hands streams and exit codes on, ssh's own 255 too", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory);
    // user, port and key as mclu.conf has them
    const node = makeWorld(directory, {}, [sshd.known]).node("127.0.0.1", {
      ...openssh,
      port: sshd.port,
      identity: key,
    });
    expect(await run(node, "head -c 3000000 /dev/zero; echo oops >&2; exit 7")).toEqual({
      end: { kind: "exit", code: 7 },
      bytes: 3_000_000,
      stderr: "oops\n",
    });
    expect((await run(node, "exit 255")).end).toEqual({ kind: "exit", code: 255 });
  });

  it("hears the last words of logins that refuse at once, on either stream", async () => {
    const { directory, key } = makeHome();
    const [bin, only] = [join(directory, "bin"), join(directory, "only")];
    mkdirSync(bin);
    writeFileSync(join(bin, "sudo"), "#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n", { mode: 0o755 });
    writeFileSync(only, "#!/bin/sh\necho 'backups only' >&2\nexit 1\n", { mode: 0o755 });
    const [refusing, forced] = [
      await startSshd(directory, ["MaxSessions 50", `SetEnv PATH=${bin}:/usr/bin:/bin`]),
      await startSshd(directory, ["MaxSessions 50", `ForceCommand ${only}`]),
    ];
    const hosts = {
      ham0: [`Port ${refusing.port}`, `IdentityFile ${key}`],
      ham1: [`Port ${forced.port}`, `IdentityFile ${key}`],
    };
    const world = makeWorld(directory, hosts, [refusing.known, forced.known]);
    const said = (silence: NodeSilence) => (silence.state === "failed" ? `${silence.reason}: ${silence.detail}` : "");
    const why = async (name: string) => {
      const node = world.node(name, { ...openssh, become: "sudo" });
      const transport = await node.transport({ patient: true });
      const how = { become: "sudo", login: "", deadline: 20 } as const;
      const each = Array.from({ length: 20 }, (_, at) =>
        silenceOf(at % 2 === 0 ? runScript(transport, "true", makeNonce(), how) : run(node, "true")),
      );
      return [...new Set((await Promise.all(each)).map(said))];
    };
    expect(await why("ham0")).toEqual(["denied: sudo -n was refused: sudo: a password is required"]);
    expect(await why("ham1")).toEqual(["protocol: no POSIX shell answered (exit code 1): backups only"]);
  });

  it("keeps every byte for whoever listens late or slowly, and adds none", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory);
    const world = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]);
    const node = world.node("ham0", openssh);
    const transport = await node.transport({ patient: true });
    const channel = await transport.open("printf '\\377\\0\\n'; head -c 1000000 /dev/zero; printf last >&2; exit 3");
    await sleep(500);
    const chunks: Buffer[] = [];
    const errors: Buffer[] = [];
    channel.stderr.on("data", (chunk) => errors.push(chunk));
    for await (const chunk of channel.stdout) {
      chunks.push(chunk);
      if (chunks.length % 20 === 0) await sleep(5);
    }
    expect(await channel.ended).toEqual({ kind: "exit", code: 3 });
    const heard = Buffer.concat(chunks);
    // ours comes first, in a line of its own
    expect(heard.subarray(0, 4)).toEqual(Buffer.from([0x0a, 0xff, 0, 0x0a]));
    expect(heard.length).toBe(1_000_004);
    // behind what this sshd says of itself
    expect(Buffer.concat(errors).toString()).toMatch(/^last$/m);
    const quiet = await transport.open("exit 4");
    for (const stream of [quiet.stdout, quiet.stderr]) stream.resume();
    expect(await quiet.ended).toEqual({ kind: "exit", code: 4 });
    const binary = Buffer.from(Array.from({ length: 70_000 }, (_, at) => at % 256));
    const taken: Buffer[] = [];
    await node.stream(
      { shell: "cat" },
      { stdin: Readable.from([binary]), onStdout: (chunk) => void taken.push(chunk), onStderr: () => undefined },
    );
    expect(Buffer.concat(taken).equals(binary)).toBe(true);
    const screen: Buffer[] = [];
    await onTerminal(node, ["printf", "a\\nb"], { size: { columns: 80, rows: 24 } }, async (session) => {
      session.show((bytes) => void screen.push(Buffer.from(bytes)));
      expect(await session.ended).toMatchObject({ code: 0 });
    });
    expect(Buffer.concat(screen).toString()).toBe("a\nb");
  });

  it("notices that the connection was lost, and makes another", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory);
    const world = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]);
    const node = world.node("ham0", openssh);
    const session = Number(await ask(node, "echo $PPID"));
    const running = silenceOf(run(node, "sleep 20"));
    await sleep(200);
    process.kill(session, "SIGKILL");
    expect(await running).toMatchObject({ reason: "lost" });
    await expectNothingLeft(directory);
    expect(await run(node, "true")).toMatchObject({ end: { code: 0 } });
    expect(sshd.logins()).toBe(2);
  });

  it("waits for a session of its own to end where the host takes no more, and makes no other connection", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory, ["MaxSessions 1"]);
    const world = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]);
    const node = world.node("ham0", openssh);
    const first = ask(node, "sleep 1; echo first");
    await vi.waitFor(() => expect(sshd.logins()).toBe(1), { timeout: 8000 });
    await sleep(300);
    expect(await ask(node, "echo second")).toBe("second\n");
    expect(await first).toBe("first\n");
    expect(sshd.connections()).toBe(1);
  });

  it("says that the host opens no session at all: nothing was begun, and the connection stays", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory, ["MaxSessions 0"]);
    const world = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]);
    const node = world.node("ham0", openssh);
    const refused = { reason: "denied", detail: "sshd opens no session (MaxSessions)" };
    const [asked, ran] = await Promise.all([silenceOf(ask(node, "true")), silenceOf(run(node, "true"))]);
    expect(asked).toMatchObject(refused);
    expect(ran).toMatchObject(refused);
    expect(sshd.connections()).toBe(1);
  });

  it("gives a short question up that gets no session, and nothing else that runs there", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory, ["MaxSessions 1"]);
    const world = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]);
    for (const transport of ["openssh", "ssh"] as const) {
      const node = world.node("ham0", { ...openssh, transport });
      await ask(node, "true");
      const first = run(node, "sleep 6; exit 3");
      await sleep(500);
      const query = { steps: [{ run: ["true"] }], parse: () => null };
      expect(await silenceOf(node.ask(query, { seconds: 1 }))).toMatchObject({ reason: "denied" });
      expect((await first).end).toEqual({ kind: "exit", code: 3 });
    }
    expect(sshd.connections()).toBe(2);
  }, 60_000);

  it("carries six changes at once over a host's two sessions, each of them once", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory, ["MaxSessions 2"]);
    const world = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]);
    for (const transport of ["openssh", "ssh"] as const) {
      const node = world.node("ham0", { ...openssh, transport });
      const file = join(directory, `done-${transport}`);
      const all = Array.from({ length: 6 }, (_, at) => run(node, `sleep 0.4; echo ${at} >>${file}`));
      for (const one of all) expect(await one).toMatchObject({ end: { kind: "exit", code: 0 } });
      expect(readFileSync(file, "utf8").split("\n").sort().join("")).toBe("012345");
    }
    expect(sshd.connections()).toBe(2);
  });

  it("leaves nothing when it is interrupted, in a script or in a login", async () => {
    const { directory, key } = makeHome();
    const [sshd, silent] = [await startSshd(directory), await startSilentServer()];
    const hosts = {
      ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`],
      ham1: [`Port ${silent.port}`, `IdentityFile ${key}`],
    };
    const world = makeWorld(directory, hosts, [sshd.known]);
    for (const name of Object.keys(hosts)) {
      const interruption = new AbortController();
      const node = world.node(name, openssh);
      const asking = ask(node, "sleep 20", interruption.signal);
      asking.catch(() => undefined);
      await vi.waitFor(() => expect(clients(directory)).not.toEqual([]), { timeout: 10_000 });
      interruption.abort(new Error("SIGINT"));
      await expect(asking).rejects.toThrow();
      await node.close();
      await expectNothingLeft(directory);
    }
  });

  it.each([
    ["of ProxyJump", ["ProxyJump ham1"], []],
    ["of several", ["ProxyJump ham2,ham1"], []],
    ["before another", ["ProxyJump ham1,ham2"], []],
    ["of a jump host's own", ["ProxyJump ham2"], ["ProxyJump ham1"]],
  ])("goes on with no changed key of a jump host %s, whatever is set for it", async (_, first, second) => {
    const { directory, key } = makeHome();
    const [jump, other, sshd] = [await startSshd(directory), await startSshd(directory), await startSshd(directory)];
    // where a password might be asked for, ssh itself forwards nothing then
    const lax = ["StrictHostKeyChecking no", "PasswordAuthentication no", "KbdInteractiveAuthentication no"];
    const hosts = {
      ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, ...first],
      ham1: [`Port ${jump.port}`, `IdentityFile ${key}`, ...lax],
      ham2: [`Port ${other.port}`, `IdentityFile ${key}`, ...second],
    };
    const outdated = `[127.0.0.1]:${jump.port} ${publicKey(key)}`;
    const node = makeWorld(directory, hosts, [outdated, other.known, sshd.known]).node("ham0", openssh);
    expect(await silenceOf(ask(node, "true"))).toMatchObject({ state: "failed", reason: "jump" });
    expect([jump.authentications(), sshd.logins()]).toEqual([0, 0]);
    await node.close();
    await expectNothingLeft(directory);
  });

  it("goes through jump hosts, a new key accepted where that is set", async () => {
    const { directory, key } = makeHome();
    const [jump, other, sshd] = [await startSshd(directory), await startSshd(directory), await startSshd(directory)];
    const hosts = {
      ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, "ProxyJump ham2", "ProxyUseFDPass yes"],
      ham1: [`IdentityFile ${key}`, "StrictHostKeyChecking accept-new"],
      ham2: [`Port ${other.port}`, `IdentityFile ${key}`, `ProxyJump ${userInfo().username}@ham1:${jump.port}`],
    };
    const world = makeWorld(directory, hosts, [other.known, sshd.known]);
    const node = world.node("ham0", openssh);
    expect(await ask(node, "echo through")).toBe("through\n");
    expect([jump.logins(), other.logins(), sshd.logins()]).toEqual([1, 1, 1]);
    expect(readFileSync(world.knownHosts, "utf8")).toContain(jump.known);
    await node.close();
    await expectNothingLeft(directory);
  });

  it("lets a certificate count where the plain key that was known is outdated, and nothing less", async () => {
    const { directory, key } = makeHome();
    const authority = makeKey(directory, "ca");
    const host = makeKey(directory, "certified");
    certify(authority, host, "-h");
    const [certified, plain] = [
      await startSshd(directory, [`HostKey ${host}`, `HostCertificate ${host}-cert.pub`]),
      await startSshd(directory),
    ];
    const lax = [`IdentityFile ${key}`, "StrictHostKeyChecking no"];
    const outdated = (port: number) => `[127.0.0.1]:${port} ${publicKey(key)}`;
    const lines = [`@cert-authority * ${publicKey(authority)}`, outdated(certified.port), outdated(plain.port)];
    const hosts = { ham0: [`Port ${certified.port}`, ...lax], ham1: [`Port ${plain.port}`, ...lax] };
    const world = makeWorld(directory, hosts, lines);
    const auto = { transport: "auto" } as const;
    const node = world.node("ham0", auto);
    expect(await ask(node, "echo in")).toBe("in\n");
    expect(node.transportUse).toEqual({ kind: "openssh", reason: `@cert-authority in ${world.knownHosts}:1` });
    expect(await silenceOf(ask(world.node("ham1", auto), "true"))).toMatchObject({ reason: "host-key-changed" });
    expect(plain.authentications()).toBe(0);
    await node.close();
    await expectNothingLeft(directory);
  });

  it("says that jump hosts lead back to themselves", async () => {
    const { directory } = makeHome();
    const hosts = { ham0: ["ProxyJump ham1"], ham1: ["ProxyJump ham2"], ham2: ["ProxyJump ham1"] };
    const node = makeWorld(directory, hosts, []).node("ham0", openssh);
    const detail = expect.stringContaining("leads back to it");
    expect(await silenceOf(ask(node, "true"))).toMatchObject({ reason: "jump", detail });
  });

  it("sends a question with the request for its shell, and a change when that runs", async () => {
    const { directory, key } = makeHome();
    const heard: string[] = [];
    const sshd = await startFakeSshd({
      authorized: [publicKey(key)],
      onExec(channel, command) {
        // nothing is said before something was heard; 1 s later it would not come any more
        const timer = setTimeout(() => begin("silence"), 1000);
        const begin = (what: string) => {
          clearTimeout(timer);
          channel.off("readable", onReadable);
          heard.push(what);
          runCommand(channel, command);
        };
        const onReadable = () => begin("script");
        channel.on("readable", onReadable);
      },
    });
    const known = `[127.0.0.1]:${sshd.port} ${sshd.hostKey}`;
    const hosts = { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] };
    const node = makeWorld(directory, hosts, [known]).node("ham0", openssh);
    expect(await ask(node, "echo answer")).toBe("answer\n");
    expect(heard).toEqual(["script"]);
    const transport = await node.transport();
    const how = { become: "none", login: "", deadline: 10, onSent: () => heard.push("sent") } as const;
    expect((await runScript(transport, "echo done", makeNonce(), how)).stdout).toBe("done\n");
    expect(heard).toEqual(["script", "silence", "sent"]);
    await node.close();
    await expectNothingLeft(directory);
  });

  it("goes through a jump host", async () => {
    const { directory, key } = makeHome();
    const [jump, sshd] = [await startSshd(directory), await startSshd(directory)];
    const hosts = {
      ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, "ProxyJump ham1"],
      ham1: [`Port ${jump.port}`, `IdentityFile ${key}`],
    };
    const node = makeWorld(directory, hosts, [jump.known, sshd.known]).node("ham0", openssh);
    expect(await ask(node, "echo through")).toBe("through\n");
    expect([jump.logins(), sshd.logins()]).toEqual([1, 1]);
    await node.close();
    await expectNothingLeft(directory);
  });
});
