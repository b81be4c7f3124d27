import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { inUseFunctions } from "../../src/node/in-use.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

it("a file behind a loop device is in use, by whatever name", () => {
  const directory = temporaryDirectory();
  const [file, other, link] = ["disk.img", "other.img", "link.img"].map((name) => join(directory, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [file, other]) writeFileSync(each, "content");
  symlinkSync(file, link);
  const loops = join(directory, "block");
  for (const [device, behind] of [
    ["loop0", `${directory}/gone (deleted)`],
    ["loop7", link],
  ] as const) {
    mkdirSync(join(loops, device, "loop"), { recursive: true });
    writeFileSync(join(loops, device, "loop/backing_file"), `${behind}\n`);
  }
  const functions = inUseFunctions.replace("/sys/block/", `${loops}/`);
  const idle = (path: string, from = functions) => {
    const script = `mclu_limit() { "$@"; }\n${from}if mclu_idle ${path}; then echo idle; fi`;
    return execFileSync("sh", ["-c", script], { encoding: "utf8" });
  };
  expect(idle(file)).toBe("/dev/loop7 is a loop device of it: losetup -l\n");
  expect(idle(other)).toBe("idle\n");
  // a node without such devices
  expect(idle(file, functions.replace(loops, join(directory, "none")))).toBe("idle\n");
});
