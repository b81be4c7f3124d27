import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readFrames, stepsToShell } from "../../src/node/script.ts";
import { commandLine, quote } from "../../src/node/shell.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const steps = [{ access: "read" as const, virsh: [["nodeinfo"], ["list"]] }, { run: ["cat", "/proc/loadavg"] }];

describe("readFrames", () => {
  it("gives a text per command and a code per step", () => {
    const text = "n text\nA\nn text\nB\n\nn code 0\nn text\nC\n\nn code 1\n";
    expect(readFrames(text, steps, "n")).toEqual([
      { code: 0, texts: ["A", "B\n"], cause: undefined },
      { code: 1, texts: ["C\n"], cause: undefined },
    ]);
  });

  it("refuses an answer with a step missing or a cause nobody knows", () => {
    expect(readFrames("n text\nA\nn code 0\n", steps, "n")).toBeUndefined();
    expect(readFrames("n text\nA\nn code 0\nn cause magic\nn text\nn code 0\n", steps, "n")).toBeUndefined();
    expect(readFrames("", steps, "n")).toBeUndefined();
  });

  it("is not led astray by another run's frames in a guest's name", () => {
    const text = "n text\nmclu-abc code 0\nn code 0\nn text\nx\nn code 0\n";
    expect(readFrames(text, steps, "n")?.[0]?.texts).toEqual(["mclu-abc code 0"]);
  });
});

describe("stepsToShell", () => {
  it("runs virsh once for several commands, read-only for reads, and asks the node why it failed", () => {
    const shell = stepsToShell(steps, { uri: "test:///default", nonce: "mclu-0", seconds: 20 });
    expect(shell.match(/^mclu_limit virsh /gm)).toHaveLength(1);
    expect(shell).toContain("virsh -c test:///default -r 'echo mclu-0 text; nodeinfo; echo mclu-0 text; list'");
    const out = execFileSync("sh", ["-c", shell.replaceAll("virsh -c", "virsh-is-not-here -c")], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    });
    // the stand-in for virsh fails although virsh is there, and the same stand-in fails the check
    expect(readFrames(out, steps, "mclu-0")?.[0]?.code).toBe(127);
  });

  it.each([
    ["killed", "kill -KILL $$", 137],
    ["slow", "exec sleep 30", 124],
    // as ld.so says of a library that is not there
    ["broken", "echo 'virsh: error while loading shared libraries' >&2; exit 127", 127],
  ])("has the node say whether virsh was %s", (cause, work, code) => {
    const bin = temporaryDirectory();
    writeFileSync(join(bin, "virsh"), `#!/bin/sh\n${work}\n`, { mode: 0o755 });
    const shell = stepsToShell(steps, { uri: "test:///default", nonce: "mclu-0", seconds: 1 });
    const env = { ...process.env, PATH: `${bin}:${process.env.PATH}` };
    const out = execFileSync("sh", ["-c", shell], { encoding: "utf8", env, stdio: ["ignore", "pipe", "ignore"] });
    expect(readFrames(out, steps, "mclu-0")?.[0]).toMatchObject({ code, cause });
  });
});

describe("quote", () => {
  const shells = [
    ["dash", "-c"],
    ["bash", "-c"],
    ["busybox", "sh", "-c"],
  ];

  it.each(shells.map((shell) => shell[0]))("brings every word through %s exactly", (name) => {
    const [file = "", ...options] = shells.find((shell) => shell[0] === name) ?? [];
    const words = fc.array(
      fc.string({ unit: "binary" }).filter((word) => !word.includes("\0")),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(words, (argv) => {
        const line = `printf '%s\\0' ${commandLine(["first", ...argv])}`;
        const out = execFileSync(file, [...options, line], { encoding: "utf8" });
        expect(out.split("\0").slice(1, -1)).toEqual(argv.map((word) => Buffer.from(word).toString()));
      }),
      { numRuns: 60 },
    );
  });

  it("goes through virsh's own command line too", () => {
    const name = "a b'c\"d\\e;f$(g)`h`";
    const out = execFileSync("virsh", ["-c", "test:///default", commandLine(["echo", name])], { encoding: "utf8" });
    expect(out.trim()).toBe(name);
  });

  it("refuses NUL", () => {
    expect(() => quote("a\0b")).toThrow("NUL");
  });
});
