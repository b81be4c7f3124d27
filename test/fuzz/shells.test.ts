import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, expect, it } from "vitest";
import { startChild } from "../../src/node/local.ts";
import { makeNonce, runScript } from "../../src/node/run-script.ts";
import { readFrames, stepsToShell } from "../../src/node/script.ts";
import { commandLine } from "../../src/node/shell.ts";
import { streamCommand } from "../../src/node/stream-command.ts";
import type { Transport } from "../../src/node/transport.ts";
import { fuzzWords } from "./words.ts";

const execute = promisify(execFile);
const directory = mkdtempSync(join(tmpdir(), "mclu-fuzz-shells-"));
afterAll(() => rmSync(directory, { recursive: true }));

const shells = { dash: "/usr/bin/dash", bash: "/usr/bin/bash", busybox: "/usr/bin/busybox" };

/** A machine on which `sh` is this shell, also as the login shell. */
function machine(shell: keyof typeof shells): Transport {
  const path = join(directory, shell);
  mkdirSync(path, { recursive: true });
  rmSync(join(path, "sh"), { force: true });
  symlinkSync(shells[shell], join(path, "sh"));
  const environment = `PATH=${path}:/usr/bin:/bin`;
  return {
    open: (command) => Promise.resolve(startChild("/usr/bin/env", [environment, "sh", "-c", command])),
    close: () => undefined,
  };
}

/** What `exec` does: the words go through the reader of scripts and its `printf %b`, and with a single one through `sh -c`. */
async function streamed(transport: Transport, words: readonly string[], nested: boolean): Promise<string[]> {
  const chunks: Buffer[] = [];
  const argv = ["printf", "%s\\0", "first", ...words];
  const end = await streamCommand(transport, nested ? { shell: commandLine(argv) } : { argv }, {
    onStdout: (chunk) => void chunks.push(chunk),
    onStderr: () => undefined,
    ...{ become: "none", login: "" },
  });
  expect(end).toEqual({ kind: "exit", code: 0 });
  return Buffer.concat(chunks).toString().split("\0").slice(1, -1);
}

/** What a question does: a script on the stdin of `sh -s`, the answer between markers. */
async function asked(transport: Transport, words: readonly string[]): Promise<string[]> {
  const nonce = makeNonce();
  const steps = [{ run: ["printf", "%s\\0", "first", ...words] }];
  const script = stepsToShell(steps, { uri: "test:///default", nonce, seconds: 100 });
  const { stdout } = await runScript(transport, script, nonce, { become: "none", deadline: 110, login: "" });
  return (readFrames(stdout, steps, nonce)?.[0]?.texts[0] ?? "").split("\0").slice(1, -1);
}

/** virsh's own command line: as many `echo` as words, in one argument, of which Linux allows 128 KiB. */
async function throughVirsh(words: readonly string[]): Promise<readonly string[]> {
  const commands = words.map((word) => commandLine(["echo", "--", `<${word}>`])).join("; ");
  const { stdout } = await execute("virsh", ["-q", "-c", "test:///default", commands], { maxBuffer: 1 << 24 });
  // a word may hold what looks like the border between two: only all of them together can be compared
  return stdout === words.map((word) => `<${word}>`).join("") ? words : [];
}

const names = Object.keys(shells) as (keyof typeof shells)[];

it.each(names)("quoted words come back byte for byte from %s", { timeout: 300_000 }, async (name) => {
  const transport = machine(name);
  const run = (words: readonly string[]) => streamed(transport, words, false);
  expect(await fuzzWords(`quote through ${name}`, run)).toBe(true);
});

it.each(names)("and quoted twice, for the `sh -c` of a command line, from %s", { timeout: 300_000 }, async (name) => {
  const transport = machine(name);
  const run = (words: readonly string[]) => streamed(transport, words, true);
  expect(await fuzzWords(`quote twice through ${name}`, run)).toBe(true);
});

it.each(names)("and from the script on stdin of %s", { timeout: 300_000 }, async (name) => {
  const transport = machine(name);
  expect(await fuzzWords(`quote in a script of ${name}`, (words) => asked(transport, words))).toBe(true);
});

it("and from virsh", { timeout: 300_000 }, async () => {
  expect(await fuzzWords("quote through virsh", throughVirsh, 1000)).toBe(true);
});
