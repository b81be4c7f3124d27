import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { writeDraft } from "../../../src/operations/edit/draft-file.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

const guest = { name: "-web 1", uuid: "6a5b1c2d-0000-4000-8000-000000000001" };

describe("a guest's XML that is edited", () => {
  it("is read by nobody else, and gone when it is removed", async () => {
    const draft = await writeDraft(temporaryDirectory(), guest, "<domain/>\n");
    expect(draft.path).toMatch(/\/%2Dweb%201\.xml$/);
    expect(statSync(draft.path).mode & 0o777).toBe(0o600);
    expect(await draft.read()).toBe("<domain/>\n");
    draft.remove();
    expect(existsSync(draft.path)).toBe(false);
    await expect(draft.read()).rejects.toMatchObject({ name: "UserError", exitCode: 1 });
  });

  it("outlasts the process where the user has changed it", async () => {
    const [same, changed, gone] = await Promise.all(
      [1, 2, 3].map(() => writeDraft(temporaryDirectory(), guest, "<domain/>\n")),
    );
    if (!same || !changed || !gone) throw new Error("three were made");
    writeFileSync(changed.path, "<domain>x</domain>\n");
    rmSync(gone.path);
    process.emit("exit", 0);
    expect([same, changed, gone].map(({ path }) => existsSync(path))).toEqual([false, true, false]);
  });

  it("is refused where there is no room for it", async () => {
    await expect(writeDraft("/proc/1", guest, "")).rejects.toThrow(/^\/proc\/1 cannot be used: /);
  });
});
