import { chmodSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { packFiles } from "../../src/operations/build-files.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "build-files-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

it.each([
  [0o640, "644"],
  [0o750, "755"],
])("gives a file the mode of what its link points to: %o", async (mode, given) => {
  const [file, link] = [join(directory, "file"), join(directory, "link")];
  writeFileSync(file, "x");
  chmodSync(file, mode);
  symlinkSync("file", link);
  for (const path of [file, link]) {
    const { files, script } = await packFiles([{ path, to: "1/file", tree: false, secret: false }]);
    expect(files).toEqual([{ name: "file-1", source: { path } }]);
    expect(script).toMatch(new RegExp(`; chmod ${given} "\\$mclu_to"/1/file$`, "m"));
  }
});

it("says which file is gone by the time that it is packed", async () => {
  const path = join(directory, "gone");
  for (const tree of [false, true])
    await expect(packFiles([{ path, to: "1/gone", tree, secret: false }])).rejects.toMatchObject({
      ...{ name: "UserError", exitCode: 2, message: expect.stringMatching(`^cannot read ${path}: ENOENT`) },
    });
});
