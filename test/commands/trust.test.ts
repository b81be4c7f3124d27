import { readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startSshd as startRealSshd } from "../node/openssh/sshd.ts";
import { makeHome, makeKey as makeHostKey, publicKey } from "../node/openssh/world.ts";
import { makeKey } from "../support/fake-sshd.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu } from "../support/run-mclu.ts";
import { adminKey, sshWorld } from "../support/ssh-world.ts";
import { printOf, sshd, trust, tty } from "./trusting.ts";

describe("trust", () => {
  it("asks once about all keys, and sends nothing else before", async () => {
    const [a, b] = await Promise.all([sshd(), sshd()]);
    const world = sshWorld({ a: { port: a.port }, b: { port: b.port } });
    const run = await trust(world, ["a", "b"], { tty, input: ["what?", "yes"] });
    expect(run.code).toBe(0);
    expect(run.stderr.match(/yes\/no\/fingerprint/g)).toHaveLength(1);
    expect(run.stderr).toContain(printOf(a));
    expect(readFileSync(world.knownHosts, "utf8")).toBe(
      `[127.0.0.1]:${a.port} ${a.hostKey}\n[127.0.0.1]:${b.port} ${b.hostKey}\n`,
    );
    expect([...a.seen.logins, ...b.seen.logins]).toEqual([]);
    const again = await trust(world, ["a", "b"], { tty, input: [] });
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/^a .* known$/m);
  });

  it.each([["no"], [""], ["maybe"]])("takes %j for no", async (answer) => {
    const a = await sshd();
    const world = sshWorld({ a: { port: a.port } });
    const run = await trust(world, ["a"], { tty, input: answer === "" ? [] : [answer] });
    expect(run.code).toBe(6);
    expect(readFileSync(world.knownHosts, "utf8")).toBe("");
  });

  it("takes a fingerprint for the keys that have it, as ssh does", async () => {
    const [a, b] = await Promise.all([sshd(), sshd()]);
    const world = sshWorld({ a: { port: a.port }, b: { port: b.port } });
    const run = await trust(world, ["a", "b"], { tty, input: [printOf(b)] });
    expect(run.code).toBe(6);
    expect(readFileSync(world.knownHosts, "utf8")).toBe(`[127.0.0.1]:${b.port} ${b.hostKey}\n`);
  });

  it("shows keys and writes nothing where nobody can be asked", async () => {
    const a = await sshd();
    const world = sshWorld({ a: { port: a.port } });
    const run = await trust(world, ["a"]);
    expect(run.code).toBe(6);
    expect(run.stdout).toContain(printOf(a));
    expect(run.stderr).toContain(`mclu trust a --fingerprint ${printOf(a)}`);
    expect(readFileSync(world.knownHosts, "utf8")).toBe("");
  });

  it("wants every key to have one of the fingerprints that are given, else writes none", async () => {
    const [a, b] = await Promise.all([sshd(), sshd()]);
    const world = sshWorld({ a: { port: a.port }, b: { port: b.port } });
    expect((await trust(world, ["a", "b", "--fingerprint", printOf(a)])).code).toBe(6);
    expect(readFileSync(world.knownHosts, "utf8")).toBe("");
    expect((await trust(world, ["a", "b", "--fingerprint", printOf(a), printOf(b)])).code).toBe(0);
    expect(readFileSync(world.knownHosts, "utf8").split("\n")).toHaveLength(3);
    expect(await trust(world, ["a", "--fingerprint", "MD5:11:22"])).toMatchObject({ code: 2 });
  });

  it("hides the name where HashKnownHosts is on", async () => {
    const a = await sshd();
    const world = sshWorld({ a: { port: a.port, config: ["HashKnownHosts yes"] } });
    await trust(world, ["a", "--fingerprint", printOf(a)]);
    expect(readFileSync(world.knownHosts, "utf8")).toMatch(/^\|1\|\S+\|\S+ ssh-ed25519 /);
    expect((await trust(world, ["a"])).stdout).toMatch(/ known$/m);
  });

  it("never replaces a key that has changed or is revoked", async () => {
    const [a, b] = await Promise.all([sshd(), sshd()]);
    const world = sshWorld({ a: { port: a.port, known: makeKey().public }, b: { port: b.port, known: b.hostKey } });
    writeFileSync(world.knownHosts, `@revoked [127.0.0.1]:${b.port} ${b.hostKey}\n`, { flag: "a" });
    const before = readFileSync(world.knownHosts, "utf8");
    const run = await trust(world, ["a", "b", "-o", "json", "--fingerprint", printOf(a), printOf(b)]);
    expect(run.code).toBe(6);
    expect(parseDocument(run.stdout)).toMatchObject({
      nodes: [
        { node: "a", state: "changed", hint: `ssh-keygen -R '[127.0.0.1]:${a.port}' -f ${world.knownHosts}` },
        { node: "b", state: "revoked" },
      ],
    });
    expect(readFileSync(world.knownHosts, "utf8")).toBe(before);
  });

  it("goes through a jump host, whose own key comes first", async () => {
    const [gate, a] = await Promise.all([sshd(), sshd()]);
    const hosts = { gate: { port: gate.port }, a: { port: a.port, config: ["ProxyJump gate"] } };
    const world = sshWorld(hosts);
    const run = await trust(world, ["a"], { tty, input: ["yes", "yes"] });
    expect(run.code).toBe(0);
    expect(run.stderr.indexOf(printOf(gate))).toBeLessThan(run.stderr.indexOf(printOf(a)));
    expect(a.seen.logins).toEqual([]);
    const strict = sshWorld(hosts);
    expect((await trust(strict, ["a", "--fingerprint", printOf(gate)])).code).toBe(6);
    expect(readFileSync(strict.knownHosts, "utf8")).toBe("");
  });

  it("goes through jump hosts with the system's ssh in one run, and writes nothing before all is decided", async () => {
    const { directory } = makeHome();
    writeFileSync(join(directory, "authorized_keys"), `${adminKey.public}\n`);
    const start = async () => {
      const { hostKey, ...rest } = await startRealSshd(directory);
      return { ...rest, hostKey: publicKey(hostKey) };
    };
    const [gate, inner, a] = [await start(), await start(), await start()];
    const user = `User ${userInfo().username}`;
    const world = sshWorld({
      gate: { port: gate.port, config: [user] },
      inner: { port: inner.port, config: [user] },
      a: { port: a.port, config: ["ProxyJump gate,inner"] },
    });
    const all = [gate, inner, a];
    let written = "";
    const yes = () => {
      written += readFileSync(world.knownHosts, "utf8");
      return "yes";
    };
    const env = { ...world.env, NO_COLOR: "1", MCLU_TRANSPORT: "openssh" };
    const some = await trust(world, ["a", "--fingerprint", printOf(gate), printOf(inner)], { env });
    expect([some.code, readFileSync(world.knownHosts, "utf8")]).toEqual([6, ""]);
    const run = await trust(world, ["a"], { env, tty, input: [yes, yes, yes] });
    expect([run.code, run.stderr.match(/yes\/no\/fingerprint/g)?.length, written]).toEqual([0, 3, ""]);
    expect(run.stdout.match(/ added$/gm)).toHaveLength(3);
    const lines = all.map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey}\n`);
    expect(readFileSync(world.knownHosts, "utf8")).toBe(lines.join(""));
    expect([inner.authentications() > 0, a.authentications()]).toEqual([true, 0]);
  });

  it("says which nodes showed no key", async () => {
    const world = sshWorld({ dead: { port: 1 } });
    const run = await trust(world, ["dead", "-o", "json"]);
    expect(run.code).toBe(5);
    expect(parseDocument(run.stdout)).toMatchObject({ nodes: [{ node: "dead", state: "failed", reason: "refused" }] });
    expect(await trust(world, ["nobody"])).toMatchObject({ code: 4 });
  });
});

describe("trust of a host that ssh2 cannot talk to", () => {
  const postQuantum = "KexAlgorithms sntrup761x25519-sha512@openssh.com";

  /** OpenSSH's own server, with a key of each type. */
  async function postQuantumHost() {
    const { directory } = makeHome();
    const rsa = makeHostKey(directory, "rsa", "rsa");
    const real = await startRealSshd(directory, [postQuantum, `HostKey ${rsa}`]);
    return { ...real, hostKey: publicKey(real.hostKey), rsa: publicKey(rsa) };
  }

  it("shows the same fingerprint and asks the same question, and logs in to nobody", async () => {
    const host = await postQuantumHost();
    const world = sshWorld({ ham0: { port: host.port } });
    const shown = await trust(world, ["ham0", "-o", "json"]);
    expect(shown.code).toBe(6);
    expect(parseDocument(shown.stdout)).toMatchObject({
      nodes: [
        { node: "ham0", state: "not-added", keyType: "ssh-ed25519", fingerprint: printOf(host), address: "127.0.0.1" },
      ],
    });
    expect(readFileSync(world.knownHosts, "utf8")).toBe("");
    const asked = await trust(world, ["ham0"], { tty, input: ["yes"] });
    expect(asked.stderr).toContain(`ssh-ed25519  ${printOf(host)}`);
    expect(asked.stderr.match(/yes\/no\/fingerprint/g)).toHaveLength(1);
    expect(readFileSync(world.knownHosts, "utf8")).toBe(`[127.0.0.1]:${host.port} ${host.hostKey}\n`);
    const again = await trust(world, ["ham0"]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^ham0 .* known$/m)]);
    expect(host.authentications()).toBe(0);
  });

  it("knows it by the key that is known, and never replaces one", async () => {
    const host = await postQuantumHost();
    const world = sshWorld({ ham0: { port: host.port, known: host.rsa } });
    expect((await trust(world, ["ham0"])).stdout).toMatch(/^ham0 .* ssh-rsa .* known$/m);
    const other = sshWorld({ ham0: { port: host.port, known: makeKey().public } });
    const before = readFileSync(other.knownHosts, "utf8");
    const run = await trust(other, ["ham0", "--fingerprint", printOf(host)], { tty, input: ["yes"] });
    expect([run.code, run.stdout]).toEqual([6, expect.stringMatching(/^ham0 .* changed$/m)]);
    writeFileSync(other.knownHosts, `@revoked * ${host.hostKey}\n`);
    expect((await trust(other, ["ham0", "--fingerprint", printOf(host)])).stdout).toMatch(/^ham0 .* revoked$/m);
    writeFileSync(other.knownHosts, before);
    expect(host.authentications()).toBe(0);
  });
});

describe("a run that meets unknown keys", () => {
  it("asks one question after all nodes were tried, and then asks only those again", async () => {
    const [a, b, c] = await Promise.all([sshd(), sshd(), sshd()]);
    const world = sshWorld({ a: { port: a.port }, b: { port: b.port, known: b.hostKey }, c: { port: c.port } });
    const options = { config: world.config, env: { ...world.env, NO_COLOR: "1" }, tty, input: ["yes"] };
    const run = await runMclu(["exec", "--all", "--", "echo", "hi"], options);
    expect(run.stderr.match(/yes\/no\/fingerprint/g)).toHaveLength(1);
    expect(run.stdout).toContain("a b c (3)");
    expect(run.code).toBe(0);
    expect([a, b, c].map(({ seen }) => seen.connections)).toEqual([2, 1, 2]);
    expect([a, b, c].map(({ seen }) => seen.commands.length)).toEqual([1, 1, 1]);
  });

  it("goes on without the nodes whose keys are refused", async () => {
    const [a, b] = await Promise.all([sshd(), sshd()]);
    const world = sshWorld({ a: { port: a.port }, b: { port: b.port, known: b.hostKey } });
    const options = { config: world.config, env: { ...world.env, NO_COLOR: "1" }, tty, input: ["no"] };
    const run = await runMclu(["exec", "--all", "--", "echo", "hi"], options);
    expect(run.code).toBe(255);
    expect(run.stderr).toContain("a: failed: host-key-unknown");
    expect(a.seen.logins).toEqual([]);
  });

  it("asks nothing in a pipe, nor where StrictHostKeyChecking is yes", async () => {
    const a = await sshd();
    const world = sshWorld({ a: { port: a.port } });
    const piped = await runMclu(["exec", "a", "--", "true"], {
      config: world.config,
      env: { ...world.env, NO_COLOR: "1" },
      input: ["yes"],
    });
    const strict = sshWorld({ a: { port: a.port } }, { strictHostKeyChecking: "yes" });
    const options = { config: strict.config, env: { ...strict.env, NO_COLOR: "1" }, tty, input: ["yes"] };
    for (const run of [piped, await runMclu(["exec", "a", "--", "true"], options)]) {
      expect(run.code).toBe(255);
      expect(run.stderr).not.toContain("yes/no");
      expect(run.stderr).toContain("try: mclu trust a");
    }
  });
});
