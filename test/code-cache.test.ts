import { execFileSync } from "node:child_process";
import {
  chmodSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openCodeCache } from "../src/code-cache.ts";
import { temporaryDirectory } from "./support/run-mclu.ts";

const code = Buffer.from("compiled code, as far as this file knows");

function place() {
  const home = temporaryDirectory();
  const directory = join(home, ".cache", "mclu");
  const fake = { env: { HOME: home }, getuid: () => process.getuid?.(), version: "v20", arch: "x64" };
  const open = (command = "status", name = "program.cjs-abc", uid = process.getuid?.()) =>
    openCodeCache({ ...fake, getuid: () => uid } as unknown as NodeJS.Process, name, command);
  const files = () => readdirSync(directory).map((file) => join(directory, file));
  return { open, files, directory };
}

describe("the code cache", () => {
  it("gives back what was written, with the commands that had run", () => {
    const { open, files } = place();
    expect(open()?.data).toBeUndefined();
    open()?.write(code, true);
    expect(open()?.data).toEqual(code);
    expect(open()?.knows("status")).toBe(true);
    expect(open()?.knows("list")).toBe(false);
    open("list")?.write(code, false);
    expect([open()?.knows("status"), open()?.knows("list")]).toEqual([true, true]);
    open("info")?.write(code, true);
    expect([open()?.knows("status"), open()?.knows("info")]).toEqual([false, true]);
    expect(files().map((file) => statSync(file).mode & 0o777)).toEqual([0o600]);
  });

  it("keeps no file of another build", () => {
    const { open, files } = place();
    open("status", "program.cjs-old")?.write(code, true);
    open("status", "ssh2.cjs-old")?.write(code, true);
    open("status", "program.cjs-new")?.write(code, true);
    expect(files().map((file) => file.replace(/^.*\/code-/, ""))).toEqual([
      "program.cjs-new-v20-x64",
      "ssh2.cjs-old-v20-x64",
    ]);
  });

  it("does not trust a file that is damaged, cut, empty, writable by others or another user's", () => {
    const { open, files } = place();
    open()?.write(code, true);
    const [file = ""] = files();
    const good = readFileSync(file);
    for (let at = 0; at < good.length; at += 37) {
      const bad = Buffer.from(good);
      bad[at] = (bad[at] ?? 0) ^ 0xff;
      writeFileSync(file, bad);
      const data = open()?.data;
      // damage in the list of commands harms nobody
      expect(data === undefined || data.equals(code), `byte ${at}`).toBe(true);
    }
    for (const size of [0, 10, 1024, good.length - 1]) {
      writeFileSync(file, good.subarray(0, size));
      expect(open()?.data).toBeUndefined();
    }
    writeFileSync(file, good);
    expect(open("status", "program.cjs-abc", 12345)?.data).toBeUndefined();
    chmodSync(file, 0o622);
    expect(open()?.data).toBeUndefined();
  });

  it("follows no link and waits for no pipe", () => {
    const { open, files } = place();
    open()?.write(code, true);
    const [file = ""] = files();
    renameSync(file, `${file}.elsewhere`);
    symlinkSync(`${file}.elsewhere`, file);
    expect(open()?.data).toBeUndefined();
    rmSync(file);
    execFileSync("mkfifo", [file]);
    // a reader that waited would wait in this very line
    expect(open()?.data).toBeUndefined();
  });

  it("never fails for want of a place", () => {
    const { open, directory } = place();
    mkdirSync(join(directory, ".."), { recursive: true });
    writeFileSync(directory, "a file where the directory should be");
    expect(() => open()?.write(code, true)).not.toThrow();
    expect(
      openCodeCache({ env: { MCLU_CODE_CACHE: "0" }, getuid: () => 0 } as unknown as NodeJS.Process, "a", "b"),
    ).toBeUndefined();
  });
});
