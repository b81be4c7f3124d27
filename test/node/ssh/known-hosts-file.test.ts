import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { appendKnownHosts, formatKnownHostsLine, readKnownHosts } from "../../../src/node/ssh/known-hosts-file.ts";
import { makeKey, scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();
const { key } = makeKey(join(directory, "key"), "ed25519");
const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);

describe("adding to known_hosts", () => {
  it("creates ~/.ssh and the file for the user alone", async () => {
    const file = join(directory, "home/.ssh/known_hosts");
    mkdirSync(join(directory, "home"));
    await appendKnownHosts(file, ["a b c"]);
    expect([mode(join(directory, "home/.ssh")), mode(file)]).toEqual(["700", "600"]);
    expect(readFileSync(file, "utf8")).toBe("a b c\n");
  });

  it.each([
    ["first\n", "first\nnew\n"],
    ["first", "first\nnew\n"],
    ["", "new\n"],
  ])("keeps what is there: %j", async (before, after) => {
    const file = join(directory, "present");
    writeFileSync(file, before);
    chmodSync(file, 0o644);
    await appendKnownHosts(file, ["new"]);
    expect(readFileSync(file, "utf8")).toBe(after);
    expect(mode(file)).toBe("644");
  });

  it("mixes no lines of writers at the same time", async () => {
    const file = join(directory, "busy");
    const lines = Array.from({ length: 40 }, (_, index) => `host${index} ${"x".repeat(500)}`);
    await Promise.all(lines.map((line) => appendKnownHosts(file, [line])));
    expect(readFileSync(file, "utf8").trim().split("\n").sort()).toEqual([...lines].sort());
  });

  it("rejects where it may not write", async () => {
    await expect(appendKnownHosts(join(directory, "none/known_hosts"), ["a"])).rejects.toThrow(/ENOENT/);
  });
});

describe("a line of known_hosts", () => {
  it.each([
    [{ host: "Node1", port: 22 }, "node1"],
    [{ host: "node1", port: 2222 }, "[node1]:2222"],
    [{ host: "::1", port: 22 }, "::1"],
    [{ host: "node1", port: 2222, hostKeyAlias: "alias" }, "alias"],
  ])("is one that ssh-keygen finds, plain or hashed: %j", (target, name) => {
    for (const hash of [false, true]) {
      const file = join(directory, "line");
      const line = formatKnownHostsLine(target, key, hash);
      expect(line.startsWith(hash ? "|1|" : `${name} ssh-ed25519 `)).toBe(true);
      writeFileSync(file, `${line}\n`);
      expect(spawnSync("ssh-keygen", ["-F", name, "-f", file], { encoding: "utf8" }).stdout).toContain("line 1");
    }
  });
});

describe("reading known_hosts files", () => {
  it("passes over what is absent, remembers what cannot be read, and keeps the order", async () => {
    const [one, two] = [join(directory, "one"), join(directory, "two")];
    writeFileSync(one, "");
    writeFileSync(two, "");
    const files = await readKnownHosts([two, join(directory, "absent"), directory, one]);
    expect(files.map(({ file, unreadable }) => [file, unreadable])).toEqual([
      [two, undefined],
      [directory, "EISDIR"],
      [one, undefined],
    ]);
  });
});
