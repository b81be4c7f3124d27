import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { lastLookFunctions } from "../../src/node/last-look.ts";
import { limitFunction } from "../../src/node/script.ts";
import { asNobody } from "../support/as-nobody.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

/** A pool with a base and its overlay, of these modes. */
function pool(mode: number, overlayMode = 0o644) {
  const above = temporaryDirectory();
  chmodSync(above, 0o755);
  const directory = join(above, "pool");
  mkdirSync(directory);
  const [base, over] = [join(directory, "base"), join(directory, "over")];
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", base, "1M"]);
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, over]);
  for (const path of [base, over]) chmodSync(path, overlayMode);
  chmodSync(directory, mode);
  return { directory, base, over };
}

const look = (how: string, ...words: readonly string[]) =>
  asNobody("sh", [
    "-c",
    `${limitFunction}\nmclu_cap=20\n${lastLookFunctions}${how} "$@" && echo free`,
    "mclu",
    ...words,
  ]).trim();
/** What is said against the removal of a file, to somebody who may only what everybody may. */
const based = (file: string, ...places: readonly string[]) => look("mclu_based", file, ...places);
/** What is said against a file that stays, and gets a user. */
const unbased = (file: string, ...places: readonly string[]) => unbasedBut([], file, ...places);
/** @param raw what guests write as raw */
const unbasedBut = (raw: readonly string[], file: string, ...places: readonly string[]) => {
  const { dev, ino } = statSync(file, { bigint: true });
  return look("mclu_unbased", file, `${dev}:${ino}`, raw.join("\n"), ...places);
};

it("a file stays where its directory may be entered and not listed", () => {
  const open = pool(0o755);
  expect(based(open.base, open.directory)).toBe(`${open.over} is based on it by now`);
  expect(based(open.over, open.directory)).toBe("free");
  expect(unbased(open.base, open.directory)).toBe(`${open.over} is based on it by now`);
  const closed = pool(process.getuid?.() === 0 ? 0o711 : 0o311);
  expect(based(closed.base, closed.directory)).toBe(
    `${closed.directory} cannot be listed: nobody can tell what is based on it there`,
  );
  // which keeps nobody from a file that is not removed
  expect(unbased(closed.base, closed.directory)).toBe("free");
});

it("a file stays beside one that cannot be read, and goes beside one that is empty", () => {
  const { base, over, directory } = pool(0o755, 0);
  expect(based(base, directory)).toBe(`${over} may be based on it by now, and cannot be read`);
  expect(unbased(base, directory)).toBe("free");
  chmodSync(over, 0o600);
  writeFileSync(over, "");
  chmodSync(over, 0);
  expect(based(base, directory)).toBe("free");
});

it.runIf(process.getuid?.() === 0)("a file goes beside a device that has no medium, or no driver", () => {
  const { over, directory } = pool(0o755);
  execFileSync("mknod", [join(directory, "device"), "b", "240", "0"]);
  const all = execFileSync("sh", [
    "-c",
    `${limitFunction}\nmclu_cap=20\n${lastLookFunctions}mclu_based "$@" && echo free`,
    "mclu",
    over,
    directory,
  ]);
  expect(all.toString().trim()).toBe("free");
});

it("a guest says nothing against a file by what it writes into its raw disk", () => {
  const { base, over, directory } = pool(0o755);
  const more = join(directory, "more");
  expect(unbasedBut([base, over, more], base, directory)).toBe("free");
  // a part of a name is none, nor is a name at another place
  expect(unbasedBut([`${over}2`, `/x${over}`], base, directory)).toBe(`${over} is based on it by now`);
  execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, more]);
  chmodSync(more, 0o644);
  expect(unbasedBut([over], base, directory)).toBe(`${more} is based on it by now`);
  // what is removed is kept for the least doubt
  expect(based(base, directory)).toBe(`${more} is based on it by now`);
});

it("an image names a file by its whole path, however that is written, and not by the last part of it", () => {
  const { base, over, directory } = pool(0o755);
  const link = join(directory, "..", "link");
  symlinkSync(directory, link);
  const said = (backing: string) => {
    execFileSync("qemu-img", ["rebase", "-u", "-F", "raw", "-b", backing, over]);
    return [based(base, directory), unbased(base, directory)];
  };
  const is = [`${over} is based on it by now`, `${over} is based on it by now`];
  expect(said(`json:{"driver":"raw","file":{"driver":"file","filename":"${base}"}}`)).toEqual(is);
  expect(said(`json:{"driver":"file","filename":"${link}/base"}`)).toEqual(is);
  expect(said(`file:${base}`)).toEqual(is);
  expect(said(`nbd+unix:///?socket=${base}`)).toEqual(is);
  expect(said("https://example.org/x/base")).toEqual(["free", "free"]);
  expect(said(`json:{"driver":"file","filename":"/elsewhere/base"}`)).toEqual(["free", "free"]);
});

it("a file goes beside one that is removed while it is looked at, of whatever format", () => {
  const { over, directory } = pool(0o755);
  const other = join(directory, "other.vmdk");
  execFileSync("qemu-img", ["create", "-q", "-f", "vmdk", other, "1M"]);
  /** @param meanwhile what happens to it before qemu-img opens it, which it then cannot */
  const said = (meanwhile: string) =>
    execFileSync("sh", [
      "-c",
      `${lastLookFunctions}mclu_limit() { ${meanwhile}; return 1; }\nmclu_based "$@" && echo free || :`,
      "mclu",
      over,
      directory,
    ])
      .toString()
      .trim();
  expect(said("true")).toBe(`${other} may be based on it by now`);
  expect(said(`rm -f '${other}'`)).toBe("free");
});
