import { spawnSync } from "node:child_process";
import { chownSync, existsSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import process from "node:process";
import { expect, it } from "vitest";
import { makeSocketDirectory } from "../src/socket-directory.ts";
import { temporaryDirectory } from "./support/run-mclu.ts";

/** A number that was a process, and is none any more. */
const deadPid = spawnSync("true").pid;

/** The name that a process with this number gives; the rest is the caller's. */
function nameOf(path: string, pid: number, rest: string): string {
  return basename(path)
    .replace(`-${process.pid}-`, `-${pid}-`)
    .replace(/\w{6}$/, rest);
}

function makeDirectoryWithSocket(path: string): void {
  mkdirSync(path, { mode: 0o700 });
  writeFileSync(join(path, "s"), "");
}

it("is the user's alone, and goes", () => {
  const made = makeSocketDirectory(temporaryDirectory());
  expect(statSync(made.path).mode & 0o777).toBe(0o700);
  made.remove();
  expect(existsSync(made.path)).toBe(false);
});

it("clears what processes left that were killed, and nothing else", () => {
  const parent = temporaryDirectory();
  const first = makeSocketDirectory(parent);
  const at = (pid: number, rest: string) => join(parent, nameOf(first.path, pid, rest));
  const dead = at(deadPid, "Dead00");
  const otherSpace = dead.replace(/mclu-\w{8}-/, "mclu-00000000-");
  const alive = [
    at(process.ppid, "Alive0"),
    at(1, "Root00"),
    at(deadPid, "Long000"),
    otherSpace,
    join(parent, "mclu-edit-Dead00"),
  ];
  for (const path of [dead, ...alive]) makeDirectoryWithSocket(path);
  const target = temporaryDirectory();
  writeFileSync(join(target, "s"), "");
  symlinkSync(target, at(deadPid, "Link00"));
  writeFileSync(at(deadPid, "File00"), "");
  // with something that no process of mclu makes
  const used = at(deadPid, "Used00");
  makeDirectoryWithSocket(used);
  writeFileSync(join(used, "mine"), "");
  const others = at(deadPid, "Other0");
  if (process.getuid?.() === 0) {
    makeDirectoryWithSocket(others);
    chownSync(others, 65534, 65534);
  }
  const before = readdirSync(parent).filter((name) => name !== basename(dead));
  const second = makeSocketDirectory(parent);
  expect(readdirSync(parent).sort()).toEqual([...before, basename(second.path)].sort());
  expect(readdirSync(used)).toEqual(["mine"]);
  expect(readdirSync(target)).toEqual(["s"]);
  for (const { remove } of [first, second]) remove();
});

it("has a short name where the path of a socket would be too long", () => {
  const parent = join(temporaryDirectory(), "a".repeat(100 - temporaryDirectory().length));
  mkdirSync(parent);
  const made = makeSocketDirectory(parent);
  expect(basename(made.path)).toMatch(/^mclu-\w{6}$/);
  made.remove();
});

it("takes a directory that cannot be read as it is", () => {
  expect(() => makeSocketDirectory(join(temporaryDirectory(), "none"))).toThrow("ENOENT");
});
