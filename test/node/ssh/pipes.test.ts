import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readConfigSources } from "../../../src/node/ssh/config-sources.ts";
import { readKeyFile } from "../../../src/node/ssh/key-file.ts";
import { readKnownHosts } from "../../../src/node/ssh/known-hosts-file.ts";
import { findRevocation } from "../../../src/node/ssh/revoked-host-keys.ts";
import { makeKey, scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();
const uid = process.getuid?.() ?? 0;
const pipe = join(directory, "pipe");
execFileSync("mkfifo", [pipe]);
const nobodyWrites = "it is a pipe, and nobody wrote into it within 2 s";

describe("what is a pipe that nobody writes into, or never ends,", () => {
  it("knows no host, and says why", async () => {
    const files = await readKnownHosts([pipe, "/dev/zero"]);
    expect(files.map(({ unreadable }) => unreadable)).toEqual([nobodyWrites, "it is larger than 64 MiB"]);
  });

  it("revokes every key", async () => {
    for (const file of [pipe, "/dev/zero"])
      expect(await findRevocation([file], Buffer.from("key"))).toEqual({ kind: "revoked", by: "closed", file });
  });

  it("is no key", async () => {
    for (const file of [pipe, "/dev/zero"])
      expect(await readKeyFile(file, uid)).toEqual({ path: file, state: { kind: "unreadable" } });
  });

  it("is no public half of one", async () => {
    const path = join(directory, "key");
    makeKey(path, "ed25519");
    execFileSync("mv", [`${path}.pub`, join(directory, "moved")]);
    execFileSync("mkfifo", [`${path}.pub`]);
    expect(await readKeyFile(path, uid)).toMatchObject({ state: { kind: "usable" } });
  });

  it("is told where it is included by a name in quotes", () => {
    const spaced = join(directory, "p ipe");
    execFileSync("mkfifo", [spaced]);
    const root = join(directory, "quoting");
    for (const [line, endless] of [
      [`Include "${spaced}"`, spaced],
      [`Include nothing '${pipe}'`, pipe],
      [`Match exec "true"\n  include="p ip*"`, spaced],
    ]) {
      writeFileSync(root, `${line}\n`);
      const sources = readConfigSources([{ path: root, includeBase: directory }], directory);
      expect(sources).toMatchObject({ repeatable: false, endless });
    }
  });

  it("is told where it is a configuration", () => {
    const root = join(directory, "config");
    writeFileSync(root, `Include ${pipe}\n`);
    const named = { [root]: pipe, [pipe]: pipe, "/dev/zero": "/dev/zero" };
    for (const [path, endless] of Object.entries(named)) {
      const sources = readConfigSources([{ path, includeBase: directory }], directory);
      expect(sources).toMatchObject({ repeatable: false, endless });
    }
  });
});
