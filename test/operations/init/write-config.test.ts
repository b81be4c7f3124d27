import { mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { refuseExisting, writeConfig } from "../../../src/operations/init/write-config.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

describe("writing a new mclu.conf", () => {
  it("makes its directory, and leaves nothing else", async () => {
    const home = temporaryDirectory();
    const path = join(home, ".config/mclu/mclu.conf");
    await refuseExisting(path);
    expect(await writeConfig(path, "new\n", false)).toBeNull();
    expect(readFileSync(path, "utf8")).toBe("new\n");
    expect(readdirSync(join(home, ".config/mclu"))).toEqual(["mclu.conf"]);
  });

  it("never writes over a file, one that came meanwhile included", async () => {
    const home = temporaryDirectory();
    const path = join(home, "mclu.conf");
    writeFileSync(path, "old\n");
    const refusal = { exitCode: 6, message: `${path} is there already, and stays as it is` };
    await expect(refuseExisting(path)).rejects.toMatchObject(refusal);
    await expect(writeConfig(path, "new\n", false)).rejects.toMatchObject(refusal);
    expect(readFileSync(path, "utf8")).toBe("old\n");
    expect(readdirSync(home)).toEqual(["mclu.conf"]);
  });

  it("keeps every older file when it is forced to, and needs none", async () => {
    const home = temporaryDirectory();
    const path = join(home, "mclu.conf");
    expect(await writeConfig(path, "1\n", true)).toBeNull();
    expect(await writeConfig(path, "2\n", true)).toBe(`${path}.bak`);
    expect(await writeConfig(path, "3\n", true)).toBe(`${path}.bak2`);
    const texts = readdirSync(home).map((name) => [name, readFileSync(join(home, name), "utf8")]);
    expect(Object.fromEntries(texts)).toEqual({ "mclu.conf": "3\n", "mclu.conf.bak": "1\n", "mclu.conf.bak2": "2\n" });
  });

  it("takes a link to nowhere for a file, and keeps it", async () => {
    const home = temporaryDirectory();
    const path = join(home, "mclu.conf");
    symlinkSync("nowhere", path);
    await expect(refuseExisting(path)).rejects.toMatchObject({ exitCode: 6 });
    await expect(writeConfig(path, "new\n", false)).rejects.toMatchObject({ exitCode: 6 });
    expect(await writeConfig(path, "new\n", true)).toBe(`${path}.bak`);
    expect([readFileSync(path, "utf8"), readlinkSync(`${path}.bak`)]).toEqual(["new\n", "nowhere"]);
  });

  it("says what cannot be written", async () => {
    const home = temporaryDirectory();
    writeFileSync(join(home, "file"), "");
    await expect(refuseExisting(join(home, "file/mclu.conf"))).rejects.toThrow("cannot be written: ENOTDIR");
    await expect(writeConfig(join(home, "file/mclu.conf"), "x", false)).rejects.toThrow(
      "/file/mclu.conf cannot be written: ",
    );
    await expect(refuseExisting(join(home, "n".repeat(300)))).rejects.toThrow("cannot be written: ENAMETOOLONG");
    mkdirSync(join(home, "mclu.conf"));
    await expect(writeConfig(join(home, "mclu.conf"), "x", true)).rejects.toThrow("mclu.conf cannot be written: EPERM");
    expect(readdirSync(home).sort()).toEqual(["file", "mclu.conf"]);
  });
});
