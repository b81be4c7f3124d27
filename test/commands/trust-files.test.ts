import { execFileSync } from "node:child_process";
import { chmodSync, lstatSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startSshd as startRealSshd } from "../node/openssh/sshd.ts";
import { makeHome, publicKey } from "../node/openssh/world.ts";
import { makeKey } from "../support/fake-sshd.ts";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu } from "../support/run-mclu.ts";
import { sshWorld } from "../support/ssh-world.ts";
import { printOf, sshd, trust, tty } from "./trusting.ts";

it("says which known_hosts cannot be written", async () => {
  const a = await sshd();
  const world = sshWorld({ a: { port: a.port } });
  rmSync(world.knownHosts);
  symlinkSync("/proc/self/no such directory/known_hosts", world.knownHosts);
  const { code, stderr } = await trust(world, ["a", "--fingerprint", printOf(a)]);
  expect([code, stderr]).toEqual([
    1,
    expect.stringMatching(/^error: \S.* cannot be written: ENOENT.*\n {2}UserKnownHostsFile /m),
  ]);
});

describe("known_hosts, written by several", () => {
  it("loses no line, gets none that it has, and keeps its mode and its link", async () => {
    const [a, b] = await Promise.all([sshd(), sshd()]);
    const world = sshWorld({ a: { port: a.port }, b: { port: b.port } });
    const real = `${world.knownHosts}-real`;
    const old = ["# mine", `old ${a.hostKey}`, "garbage", "|1|x|y"].join("\r\n");
    writeFileSync(real, old);
    chmodSync(real, 0o640);
    rmSync(world.knownHosts);
    symlinkSync(real, world.knownHosts);
    const both = ["a", "b", "--fingerprint", printOf(a), printOf(b)];
    const runs = await Promise.all(Array.from({ length: 4 }, () => trust(world, both)));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    const text = readFileSync(real, "utf8");
    expect((await trust(world, both)).code).toBe(0);
    expect(readFileSync(real, "utf8")).toBe(text);
    expect(text.startsWith(`${old}\n`)).toBe(true);
    const lines = text.slice(old.length).trim().split("\n");
    const added = [`[127.0.0.1]:${a.port} ${a.hostKey}`, `[127.0.0.1]:${b.port} ${b.hostKey}`];
    expect(lines.sort()).toEqual(added.sort());
    expect(statSync(real).mode & 0o777).toBe(0o640);
    expect(lstatSync(world.knownHosts).isSymbolicLink()).toBe(true);
  });

  it.each(["trust", "exec"])("keeps what somebody wrote while %s asked", async (verb) => {
    const a = await sshd();
    const world = sshWorld({ a: { port: a.port } });
    const write = (line: string) => writeFileSync(world.knownHosts, `[127.0.0.1]:${a.port} ${line}\n`);
    const argv = verb === "trust" ? ["trust", "a"] : ["exec", "a", "--", "true"];
    const asked = (line: string) => {
      writeFileSync(world.knownHosts, "");
      const answer = () => {
        write(line);
        return "yes";
      };
      const env = { ...world.env, NO_COLOR: "1" };
      return runMclu(argv, { config: world.config, env, tty, input: [answer] });
    };
    const other = makeKey().public;
    const run = await asked(other);
    expect(run.code).toBe(verb === "trust" ? 6 : 255);
    expect(readFileSync(world.knownHosts, "utf8")).toBe(`[127.0.0.1]:${a.port} ${other}\n`);
    expect(a.seen.logins).toEqual([]);
    expect((await asked(a.hostKey)).code).toBe(0);
    expect(readFileSync(world.knownHosts, "utf8")).toBe(`[127.0.0.1]:${a.port} ${a.hostKey}\n`);
  });
});

describe("RevokedHostKeys", () => {
  it("never takes a key that is in a list of RevokedHostKeys, nor any where the list cannot be read", async () => {
    const { directory } = makeHome();
    const [krl, list] = [join(directory, "krl"), join(directory, "list")];
    const [real, a, b, c] = await Promise.all([startRealSshd(directory), sshd(), sshd(), sshd()]);
    execFileSync("ssh-keygen", ["-q", "-k", "-f", krl, `${real.hostKey}.pub`]);
    writeFileSync(list, `# stolen\n${a.hostKey}\n`);
    const revoked = (file: string) => [`RevokedHostKeys ${file}`];
    const world = sshWorld({
      ofKrl: { port: real.port, config: revoked(krl) },
      ofList: { port: a.port, config: revoked(list) },
      ofNone: { port: a.port, config: revoked(join(directory, "none")) },
      other: { port: b.port, config: revoked(list) },
      another: { port: c.port, config: revoked(krl) },
    });
    const argv = ["ofKrl", "ofList", "ofNone", "other", "another", "-o", "json"];
    const prints = [printOf({ hostKey: publicKey(real.hostKey) }), ...[a, b, c].map(printOf)];
    const run = await trust(world, [...argv, "--fingerprint", ...prints]);
    expect(parseDocument(run.stdout)).toMatchObject({
      nodes: [
        { state: "revoked", hint: `ssh-keygen -Q -l -f ${krl}` },
        { state: "revoked", hint: `ssh-keygen -lf ${list}` },
        { state: "revoked", hint: `ls -l ${join(directory, "none")}` },
        { state: "added" },
        { state: "added" },
      ],
    });
    expect(run.code).toBe(6);
    expect(readFileSync(world.knownHosts, "utf8")).toBe(
      [b, c].map(({ port, hostKey }) => `[127.0.0.1]:${port} ${hostKey}\n`).join(""),
    );
  });
});
