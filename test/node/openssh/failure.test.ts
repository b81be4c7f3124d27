import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startSshd as startFakeSshd } from "../../support/fake-sshd.ts";
import { freePort, type Sshd, startDeafServer, startSilentServer, startSshd } from "./sshd.ts";
import {
  ask,
  certify,
  expectNothingLeft,
  makeHome,
  makeKey,
  makeWorld,
  publicKey,
  silenceOf,
  type World,
} from "./world.ts";

/** Why a node cannot be asked through ssh; nothing is left of the attempt. */
async function silence(world: World, directory: string, name = "ham0") {
  const why = await silenceOf(ask(world.node(name, { transport: "openssh", connectTimeout: 1 }), "true"));
  await expectNothingLeft(directory);
  return why;
}

function setUp() {
  const { directory, key } = makeHome();
  const to = ({ port }: { port: number }, ...more: string[]) => ({
    ham0: [`Port ${port}`, `IdentityFile ${key}`, ...more],
  });
  return { directory, key, to };
}

function makePipe(directory: string): string {
  const pipe = join(directory, "pipe");
  execFileSync("mkfifo", ["-m", "600", pipe]);
  return pipe;
}

const otherKey = (directory: string, { port }: Sshd, marker = "") =>
  `${marker}[127.0.0.1]:${port} ${publicKey(makeKey(directory, "other"))}`;

describe("why ssh could not log in", () => {
  it("is that the node is off", async () => {
    const { directory, to } = setUp();
    const world = makeWorld(directory, to(await startDeafServer()), []);
    expect(await silence(world, directory)).toEqual({ state: "off", detail: "no answer from 127.0.0.1 within 1 s" });
  });

  it("is that sshd does not run", async () => {
    const { directory, to } = setUp();
    const world = makeWorld(directory, to({ port: await freePort() }), []);
    expect(await silence(world, directory)).toMatchObject({ reason: "refused" });
  });

  it("is that the name has no address", async () => {
    const { directory, to } = setUp();
    const world = makeWorld(directory, to({ port: 22 }, "HostName nowhere.invalid"), []);
    expect(await silence(world, directory)).toMatchObject({ reason: "unknown-host" });
  });

  it("is a key that is a pipe without an end", async () => {
    const { directory } = setUp();
    const sshd = await startSshd(directory);
    const pipe = makePipe(directory);
    const hosts = { ham0: [`Port ${sshd.port}`, `IdentityFile ${pipe}`] };
    expect(await silence(makeWorld(directory, hosts, [sshd.known]), directory)).toMatchObject({
      reason: "auth",
      detail: expect.stringContaining(`ssh waited for the end of ${pipe}, which is no file`),
      hint: `ls -l ${pipe}`,
    });
  });

  it.each([
    ["a pipe", "User"],
    ["a device", "User"],
    ["a pipe", "Global"],
    ["a device", "Global"],
  ])("is known_hosts that is %s without an end, %sKnownHostsFile: nothing is run", async (what, whose) => {
    const { directory, to } = setUp();
    const sshd = await startSshd(directory);
    const path = what === "a pipe" ? makePipe(directory) : "/dev/zero";
    const world = makeWorld(directory, to(sshd, `${whose}KnownHostsFile ${path}`), [sshd.known]);
    const begun = performance.now();
    expect(await silence(world, directory)).toMatchObject({
      reason: "host-key-unknown",
      detail: expect.stringContaining(`ssh would wait for the end of ${path}, which is no file`),
      hint: `ls -l ${path}`,
    });
    expect(performance.now() - begun).toBeLessThan(4000);
    expect(sshd.connections()).toBe(0);
  });

  it("is such a known_hosts of a jump host", async () => {
    const { directory, to } = setUp();
    const sshd = await startSshd(directory);
    const jump = [`Port ${sshd.port}`, "UserKnownHostsFile /dev/zero"];
    const world = makeWorld(directory, { ...to(sshd, "ProxyJump ham1"), ham1: jump }, [sshd.known]);
    expect(await silence(world, directory)).toMatchObject({
      reason: "jump",
      detail: expect.stringContaining("jump host ham1: host-key-unknown: ssh would wait for the end of /dev/zero"),
      hint: "ls -l /dev/zero",
    });
    expect(sshd.connections()).toBe(0);
  });

  it.each([
    ["the first", "ham1"],
    ["the second", "ham2"],
  ])("is a jump host's key that has changed: %s", async (_, which) => {
    const { directory, to, key } = setUp();
    const [first, second, sshd] = [await startSshd(directory), await startSshd(directory), await startSshd(directory)];
    const section = ({ port }: Sshd) => [`Port ${port}`, `IdentityFile ${key}`, "StrictHostKeyChecking no"];
    const hosts = { ...to(sshd, "ProxyJump ham1,ham2"), ham1: section(first), ham2: section(second) };
    const wrong = which === "ham1" ? first : second;
    const lines = [first, second, sshd].map((one) => (one === wrong ? otherKey(directory, one) : one.known));
    const world = makeWorld(directory, hosts, lines);
    expect(await silence(world, directory)).toMatchObject({
      reason: "jump",
      detail: expect.stringMatching(
        `^jump host ${which}: host-key-changed: \\[127\\.0\\.0\\.1\\]:${wrong.port} shows SHA256:\\S{43}, but `,
      ),
      hint: `ssh-keygen -R '[127.0.0.1]:${wrong.port}' -f ${world.knownHosts}`,
    });
    expect([wrong.authentications(), sshd.connections()]).toEqual([0, 0]);
  });

  it("is a jump host's key that nobody knows", async () => {
    const { directory, to, key } = setUp();
    const [jump, sshd] = [await startSshd(directory), await startSshd(directory)];
    const hosts = { ...to(sshd, "ProxyJump ham1"), ham1: [`Port ${jump.port}`, `IdentityFile ${key}`] };
    expect(await silence(makeWorld(directory, hosts, [sshd.known]), directory)).toMatchObject({
      reason: "host-key-unknown",
      detail: expect.stringContaining(`[127.0.0.1]:${jump.port} is not in `),
      hint: "mclu trust ham0",
    });
    expect([jump.authentications(), sshd.connections()]).toEqual([0, 0]);
  });

  it("is never /dev/null in place of known_hosts", async () => {
    const { directory, to } = setUp();
    const sshd = await startSshd(directory);
    const world = makeWorld(directory, to(sshd, `UserKnownHostsFile /dev/null ${directory}/known_hosts`), [sshd.known]);
    expect(await ask(world.node("ham0", { transport: "openssh" }), "echo hi")).toBe("hi\n");
  });

  it("is a host key that nobody knows", async () => {
    const { directory, to } = setUp();
    const sshd = await startSshd(directory);
    const world = makeWorld(directory, to(sshd), []);
    const fingerprint = execFileSync("ssh-keygen", ["-lf", `${sshd.hostKey}.pub`], { encoding: "utf8" }).split(" ")[1];
    expect(await silence(world, directory)).toMatchObject({
      reason: "host-key-unknown",
      detail: expect.stringContaining(`${fingerprint}`),
      hint: "mclu trust ham0",
    });
    expect([sshd.connections(), readFileSync(world.knownHosts, "utf8")]).toEqual([1, ""]);
  });

  it("is never an unknown host key where such are accepted", async () => {
    const { directory, to } = setUp();
    const sshd = await startSshd(directory);
    const world = makeWorld(directory, to(sshd, "StrictHostKeyChecking accept-new"), []);
    expect(await ask(world.node("ham0", { transport: "openssh" }), "echo hi")).toBe("hi\n");
    expect(readFileSync(world.knownHosts, "utf8")).toContain(publicKey(sshd.hostKey));
  });

  it.each(["yes", "no"])("is a host key that has changed, with StrictHostKeyChecking %s", async (strict) => {
    const { directory, to } = setUp();
    const sshd = await startSshd(directory);
    const world = makeWorld(directory, to(sshd, `StrictHostKeyChecking ${strict}`), [otherKey(directory, sshd)]);
    expect(await silence(world, directory)).toMatchObject({
      reason: "host-key-changed",
      hint: `ssh-keygen -R '[127.0.0.1]:${sshd.port}' -f ${world.knownHosts}`,
    });
    expect([sshd.connections(), sshd.logins()]).toEqual([1, 0]);
  });

  it("is a host key that is revoked, in known_hosts or in a list", async () => {
    const { directory, to } = setUp();
    const sshd = await startSshd(directory);
    const revoked = makeWorld(directory, to(sshd), [`@revoked ${sshd.known}`]);
    expect(await silence(revoked, directory)).toMatchObject({ reason: "host-key-changed" });
    const list = join(directory, "krl");
    execFileSync("ssh-keygen", ["-q", "-k", "-f", list, `${sshd.hostKey}.pub`]);
    const listed = makeWorld(directory, to(sshd, `RevokedHostKeys ${list}`), [sshd.known]);
    expect(await silence(listed, directory)).toMatchObject({
      reason: "host-key-changed",
      detail: expect.stringContaining(`is revoked in ${list}`),
    });
    expect(sshd.logins()).toBe(0);
  });

  it.each(["key", "authority"])("is a certificate whose %s is revoked in known_hosts", async (what) => {
    const { directory, to } = setUp();
    const [authority, host] = [makeKey(directory, "ca"), makeKey(directory, "certified")];
    certify(authority, host, "-h");
    const sshd = await startSshd(directory, [`HostKey ${host}`, `HostCertificate ${host}-cert.pub`]);
    const revoked = `@revoked * ${publicKey(what === "key" ? host : authority)}`;
    const world = makeWorld(directory, to(sshd), [`@cert-authority * ${publicKey(authority)}`, revoked]);
    expect(await silence(world, directory)).toMatchObject({
      reason: "host-key-changed",
      detail: expect.stringContaining(`is revoked in ${world.knownHosts}:2`),
    });
    expect(sshd.authentications()).toBe(0);
  });

  it("is that no key is accepted", async () => {
    const { directory, to } = setUp();
    const sshd = await startSshd(directory);
    writeFileSync(join(directory, "authorized_keys"), "");
    const world = makeWorld(directory, to(sshd), [sshd.known]);
    expect(await silence(world, directory)).toMatchObject({
      reason: "auth",
      detail: expect.stringContaining("Permission denied"),
      hint: expect.stringContaining("ssh-copy-id -i"),
    });
    expect(sshd.connections()).toBe(1);
  });

  it.each(["at once", "soon"])("is that the host hangs up on whoever it has let in, %s", async (when) => {
    const { directory, to } = setUp();
    const sshd = await startFakeSshd({
      onLogin(connection, attempt) {
        if (attempt.method !== "publickey") return attempt.reject(["publickey"]);
        attempt.accept();
        // before that it was only asked whether the key would do
        if (attempt.signature === undefined) return;
        if (when === "at once") connection.end();
        else setTimeout(() => connection.end(), 30);
      },
    });
    const known = `[127.0.0.1]:${sshd.port} ${sshd.hostKey}`;
    const why = await silence(makeWorld(directory, to(sshd), [known]), directory);
    expect(why).toMatchObject({ reason: "lost" });
  });

  it("is a certificate that has expired, of the user or of the host", async () => {
    const { directory, key, to } = setUp();
    const authority = makeKey(directory, "ca");
    const host = makeKey(directory, "host");
    certify(authority, host, "-h", "-V", "20200101:20200201");
    const sshd = await startSshd(directory, [`HostKey ${host}`, `HostCertificate ${host}-cert.pub`]);
    const trust = `@cert-authority * ${publicKey(authority)}`;
    expect(await silence(makeWorld(directory, to(sshd), [trust]), directory)).toMatchObject({
      reason: "host-key-unknown",
      detail: expect.stringContaining("expired on 2020-02-01"),
    });
    certify(authority, host, "-h", "-n", "elsewhere");
    const moved = await startSshd(directory, [`HostKey ${host}`, `HostCertificate ${host}-cert.pub`]);
    expect(await silence(makeWorld(directory, to(moved), [trust]), directory)).toMatchObject({
      reason: "host-key-unknown",
      detail: expect.stringContaining("is for elsewhere"),
    });
    const plain = await startSshd(directory);
    certify(authority, key, "-n", "root", "-V", "20200101:20200201");
    writeFileSync(join(directory, "authorized_keys"), "");
    expect(await silence(makeWorld(directory, to(plain), [plain.known]), directory)).toMatchObject({
      reason: "auth",
      hint: `ssh-keygen -Lf ${key}-cert.pub`,
    });
  });

  it("is a host that says nothing, within the deadline", async () => {
    const { directory, to } = setUp();
    const started = Date.now();
    const world = makeWorld(directory, to(await startSilentServer()), []);
    expect(await silence(world, directory)).toMatchObject({ reason: "slow" });
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it("is a jump host", async () => {
    const { directory, key, to } = setUp();
    const sshd = await startSshd(directory);
    const hosts = {
      ...to(sshd, "ProxyJump ham1"),
      ham1: [`Port ${await freePort()}`, `IdentityFile ${key}`],
    };
    expect(await silence(makeWorld(directory, hosts, [sshd.known]), directory)).toMatchObject({
      reason: "jump",
      detail: expect.stringContaining("no connection through ham1"),
    });
  });

  it("is judged with the keys that the user's own command knows", async () => {
    const { directory, to } = setUp();
    const sshd = await startSshd(directory);
    const command = (line: string) => {
      writeFileSync(join(directory, "keys"), `${line}\n`);
      return to(sshd, `KnownHostsCommand /bin/cat "${join(directory, "keys")}"`);
    };
    const known = makeWorld(directory, command(sshd.known), []).node("ham0");
    expect(await ask(known, "echo hi")).toBe("hi\n");
    expect(known.transportUse).toEqual({ kind: "openssh", reason: "KnownHostsCommand" });
    await known.close();
    const changed = makeWorld(directory, command(otherKey(directory, sshd)), []);
    expect(await silence(changed, directory)).toMatchObject({ reason: "host-key-changed" });
  });

  it("is that there is no ssh", async () => {
    const { directory, key } = setUp();
    const { port, known } = await startSshd(directory);
    const world = makeWorld(directory, {}, [known], { PATH: directory });
    const node = world.node("127.0.0.1", { transport: "openssh", port, identity: key });
    expect(await silenceOf(ask(node, "true"))).toMatchObject({
      reason: "protocol",
      detail: "there is no ssh on this machine, needed for: transport = openssh",
    });
  });
});
