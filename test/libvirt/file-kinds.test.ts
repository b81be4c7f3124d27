import { execFileSync } from "node:child_process";
import { chmodSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { fileKindsQuery, isImageKind } from "../../src/libvirt/file-kinds.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const ask = (paths: readonly string[], env = {}) => {
  const query = fileKindsQuery(paths);
  const texts = query.steps.flatMap((step) => {
    const [file = "", ...args] = "run" in step ? step.run : [];
    return execFileSync(file, args, { encoding: "utf8", env: { ...process.env, ...env } });
  });
  return query.parse([{ code: 0, texts }]);
};

describe("kinds of files", () => {
  it("are those of what a name leads to, in the order of the names", () => {
    const directory = temporaryDirectory();
    const [file, pipe, link] = ["a 'b'\nc", "pipe", "link"].map((name) => join(directory, name)) as [
      string,
      string,
      string,
    ];
    writeFileSync(file, "x");
    execFileSync("mkfifo", [pipe]);
    symlinkSync(pipe, link);
    const many = Array.from({ length: 30 }, () => file);
    expect(ask([link, "/dev/null", ...many, join(directory, "none"), pipe, directory])).toEqual([
      ...["fifo", "character special file", ...many.map(() => "regular file"), null, "fifo", "directory"],
    ]);
    expect(ask([])).toEqual([]);
  });

  it("are not waited for where a file system gives no answer", () => {
    const bin = temporaryDirectory();
    writeFileSync(join(bin, "stat"), '#!/bin/sh\ncase $* in *dead*) exec sleep 60 ;; esac\nexec /usr/bin/stat "$@"\n');
    chmodSync(join(bin, "stat"), 0o755);
    const kinds = ask(["/dead/a", "/etc/passwd", "/dead/b"], { PATH: `${bin}:${process.env["PATH"]}` });
    expect(kinds).toEqual(["no answer", "regular file", "no answer"]);
  });

  it("are refused where some are missing", () => {
    expect(() => fileKindsQuery(["/a"]).parse([{ code: 124, texts: [""] }])).toThrow(UnexpectedOutput);
  });

  it("of images are two", () => {
    const kinds = ["regular file", "regular empty file", "block special file", "fifo", "no answer", null];
    expect(kinds.map(isImageKind)).toEqual([true, true, true, false, false, false]);
  });
});
