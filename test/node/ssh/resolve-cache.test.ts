import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { beforeEach, describe, expect, it } from "vitest";
import { thisMachine } from "../../../src/node/ssh/local-machine.ts";
import { type RunSsh, resolveSsh } from "../../../src/node/ssh/resolve.ts";
import { createResolutionCache } from "../../../src/node/ssh/resolve-cache.ts";
import { readKept } from "../../../src/node/ssh/resolve-store.ts";
import { runSsh } from "../../../src/node/ssh/run-ssh.ts";
import { scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();
const configFile = join(directory, "config");
const included = join(directory, "included");
const cache = join(directory, "cache");
const cacheFile = join(cache, "ssh-resolution.json");
let env: Record<string, string | undefined>;

function setVariable(value: string) {
  env = { ...env, MCLU_TEST: value };
}

/** One run of mclu: resolves each host, and tells its user and how many times ssh ran. */
async function oneRun(hosts = ["node1"], more = {}) {
  let started = 0;
  const local = thisMachine(env);
  const counted: RunSsh = (args) => {
    started++;
    return runSsh(env)(args);
  };
  const resolutions = createResolutionCache(cache, local, counted);
  const request = { local, configFile, ...more };
  const settings = await Promise.all(hosts.map((host) => resolveSsh(host, request, resolutions.run)));
  resolutions.save();
  return { users: settings.map(({ user }) => user), started, settings };
}

/** Writes a file as if that had been long ago. */
async function write(path: string, text: string) {
  writeFileSync(path, text);
  utimesSync(path, 1e9, 1e9);
  await sleep(120);
}

beforeEach(async () => {
  env = { ...process.env, MCLU_TEST: "one" };
  rmSync(cache, { recursive: true, force: true });
  rmSync(included, { force: true });
  await write(
    configFile,
    `Include ${included}\nHost node1\n  User bob\nHost *\n  User carol\n  IdentityAgent \${MCLU_TEST}\n`,
  );
});

describe("the cache of ssh -G", () => {
  it("answers the next run without ssh", async () => {
    const first = await oneRun(["node1", "node2"]);
    expect(first).toMatchObject({ users: ["bob", "carol"], started: 2 });
    const second = await oneRun(["node1", "node2"]);
    expect(second).toMatchObject({ users: ["bob", "carol"], started: 0 });
    expect(second.settings).toEqual(first.settings);
    expect(await oneRun(["node3"])).toMatchObject({ users: ["carol"], started: 1 });
    expect(await oneRun(["node1", "node2", "node3"])).toMatchObject({ started: 0 });
  });

  it("is one file for the user alone", async () => {
    await oneRun();
    expect(readdirSync(cache)).toEqual(["ssh-resolution.json"]);
    expect([statSync(cache).mode & 0o777, statSync(cacheFile).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(readFileSync(cacheFile, "utf8")).not.toContain('"one"');
  });

  it.each([
    ["the file changes", () => write(configFile, "User dave\n"), "dave"],
    ["an absent include appears", () => write(included, "User dave\n"), "dave"],
    ["ssh's environment changes", async () => setVariable("two"), "bob"],
    ["the cache is damaged", async () => writeFileSync(cacheFile, "{", { mode: 0o600 }), "bob"],
    ["the cache was cut short", async () => truncateSync(cacheFile, statSync(cacheFile).size - 1), "bob"],
    ["the cache is empty", async () => truncateSync(cacheFile, 0), "bob"],
    ["the cache holds something else", async () => writeFileSync(cacheFile, '{"version":1,"configs":[1]}'), "bob"],
    ["others may write the cache", async () => chmodSync(cacheFile, 0o622), "bob"],
    ["others may read the cache", async () => chmodSync(cacheFile, 0o604), "bob"],
  ])("asks ssh again when %s", async (_, change, user) => {
    await oneRun();
    await change();
    expect(await oneRun()).toMatchObject({ users: [user], started: 1 });
    expect(await oneRun()).toMatchObject({ users: [user], started: 0 });
  });

  it("keeps no answer from before a change that came between two of a run's questions", async () => {
    await oneRun(["node1"]);
    const local = thisMachine(env);
    const resolutions = createResolutionCache(cache, local, runSsh(env));
    const request = { local, configFile };
    expect(await resolveSsh("node1", request, resolutions.run)).toMatchObject({ user: "bob" });
    await write(configFile, "User dave\n");
    expect(await resolveSsh("node2", request, resolutions.run)).toMatchObject({ user: "dave" });
    resolutions.save();
    expect(await oneRun(["node1", "node2"])).toMatchObject({ users: ["dave", "dave"], started: 1 });
  });

  it("asks again for other words on the command line", async () => {
    await oneRun();
    expect(await oneRun(["node1"], { user: "erin" })).toMatchObject({ users: ["erin"], started: 1 });
    expect(await oneRun(["node1"], { port: 2222 })).toMatchObject({ users: ["bob"], started: 1 });
  });

  it("asks again once an identity is there", async () => {
    const identity = join(directory, "identity");
    rmSync(identity, { force: true });
    await oneRun(["node1"], { identity });
    writeFileSync(identity, "");
    const { started, settings } = await oneRun(["node1"], { identity });
    expect(started).toBe(1);
    expect(settings[0]?.identityFiles).toEqual([identity]);
  });

  it("asks again for another ssh", async () => {
    await oneRun();
    const bin = join(directory, "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(bin, "ssh"), '#!/bin/sh\nexec /usr/bin/ssh "$@"\n', { mode: 0o755 });
    env = { ...env, PATH: `${bin}:${env["PATH"]}` };
    expect(await oneRun()).toMatchObject({ started: 1 });
  });

  it("finds ssh behind a directory of PATH that cannot be looked into", async () => {
    // longer than the system allows; root, who may run this, may look into every directory
    env = { ...env, PATH: `/${"x/".repeat(3000)}:${env["PATH"]}` };
    await oneRun();
    expect(await oneRun()).toMatchObject({ started: 0 });
  });

  it.each([
    ["Match exec", "Match exec true\n  User bob\n"],
    ["a file that was written just now", "User bob\n"],
    ["an include it cannot follow", `Include "${directory}/a b"\nUser bob\n`],
  ])("keeps nothing from %s", async (what, text) => {
    if (what.includes("just now")) writeFileSync(configFile, text);
    else await write(configFile, text);
    expect(await oneRun()).toMatchObject({ users: ["bob"], started: 1 });
    expect(() => statSync(cacheFile)).toThrow(/ENOENT/);
  });

  it("keeps no refusal, and shows ssh's words without its debugging", async () => {
    await write(configFile, "Bogus 1\n");
    const detail = `${configFile}: line 1: Bad configuration option: bogus`;
    await expect(oneRun()).rejects.toMatchObject({ silence: { detail } });
    expect(() => statSync(cacheFile)).toThrow(/ENOENT/);
  });

  it("follows no symbolic link in place of its file", async () => {
    await oneRun();
    const elsewhere = join(directory, "elsewhere.json");
    writeFileSync(elsewhere, readFileSync(cacheFile), { mode: 0o600 });
    rmSync(cacheFile);
    symlinkSync(elsewhere, cacheFile);
    expect(await oneRun()).toMatchObject({ started: 1 });
    expect(statSync(cacheFile).isFile()).toBe(true);
  });

  it("takes no answer from another user's file, nor from what is no file", async () => {
    await oneRun();
    const machine = (JSON.parse(readFileSync(cacheFile, "utf8")) as { machine: string }).machine;
    const { uid } = thisMachine(env);
    expect(readKept(cacheFile, machine, uid).size).toBe(1);
    expect(readKept(cacheFile, machine, uid + 1).size).toBe(0);
    expect(readKept(cacheFile, `${machine} `, uid).size).toBe(0);
    rmSync(cacheFile);
    // nobody writes into it: to open it must not wait
    execFileSync("mkfifo", ["-m", "600", cacheFile]);
    expect(await oneRun()).toMatchObject({ users: ["bob"], started: 1 });
    expect(statSync(cacheFile).isFile()).toBe(true);
  });

  it("does without a directory that it cannot write", async () => {
    writeFileSync(cache, "");
    expect(await oneRun()).toMatchObject({ users: ["bob"], started: 1 });
    rmSync(cache);
  });
});

it.each([
  ["its own file", "fifo", ""],
  ["an included one", "config", "Include fifo"],
  ["one that is included behind what is not repeatable", "config", "Match exec true\nInclude fifo"],
])("a pipe or a device as %s is refused before ssh is run", async (_what, root, text) => {
  const where = scratchDirectory();
  for (const [path, make] of [
    [join(where, "fifo"), () => execFileSync("mkfifo", [join(where, "fifo")])],
    ["/dev/zero", () => undefined],
  ] as const) {
    make();
    writeFileSync(join(where, "config"), text.replace("fifo", path));
    const local = thisMachine({});
    const never: RunSsh = () => expect.fail("ssh was run");
    const resolutions = createResolutionCache(cache, { ...local, env: { PATH: process.env["PATH"] } }, never);
    const configFile = root === "fifo" ? path : join(where, "config");
    await expect(resolveSsh("node1", { local, configFile }, resolutions.run)).rejects.toMatchObject({
      silence: { reason: "protocol", detail: expect.stringContaining(`the end of ${path}`), hint: `ls -l ${path}` },
    });
  }
});

it("/dev/null as its configuration, by whatever name, ssh may read", async () => {
  let ran = 0;
  const run: RunSsh = async () => {
    ran++;
    return { kind: "missing" };
  };
  const local = thisMachine({ PATH: process.env["PATH"] });
  const link = join(scratchDirectory(), "null");
  symlinkSync("/dev/null", link);
  for (const configFile of ["/dev/null", link])
    await resolveSsh("node1", { local, configFile }, createResolutionCache(cache, local, run).run);
  expect(ran).toBe(2);
});
