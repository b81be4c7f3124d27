import { symlinkSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { checkLocalFiles } from "../../src/operations/template-files.ts";
import { readTemplateText } from "../../src/operations/template-text.ts";
import { Problems } from "../../src/origin.ts";
import type { TemplateStep } from "../../src/template/step.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

/** A directory with a file, and a link that leads to itself. */
function place(): (name: string) => string {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "file"), "text");
  symlinkSync("loop", join(directory, "loop"));
  return (name) => join(directory, name);
}

it("takes what is below a file for a template that is not there, and says why another cannot be read", async () => {
  const at = place();
  expect(await readTemplateText("web", at("file/web.conf"))).toBeNull();
  await expect(readTemplateText("web", at("loop"))).rejects.toMatchObject({
    ...{ exitCode: 2, message: `${at("loop")}: cannot read this template: ELOOP` },
  });
});

it("reads no template that is larger than any could be", async () => {
  const at = place();
  truncateSync(at("file"), 8 * 1024 ** 3);
  await expect(readTemplateText("web", at("file"))).rejects.toMatchObject({
    ...{ exitCode: 2, message: `${at("file")}: cannot read this template: it is larger than 1 MiB` },
  });
});

it.each([
  ["file/below", "there is no such file on this machine"],
  ["gone", "there is no such file on this machine"],
  ["loop", "ELOOP: "],
  ["a\0b", "ERR_INVALID_ARG_VALUE"],
])("says of a step's file %j why it cannot be used", async (name, expected) => {
  const path = place()(name);
  const local = { path, before: "", after: "", tree: false, secret: false };
  const step = { name: "run", value: path, shown: path, origin: { from: "default" }, local } as unknown as TemplateStep;
  const problems = new Problems();
  expect(await checkLocalFiles([step], problems)).toEqual([]);
  expect(problems.lines).toEqual([expect.stringContaining(`run: ${path}: ${expected}`)]);
});
