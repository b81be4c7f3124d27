import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { describe, expect, it, onTestFinished } from "vitest";
import { writeDraft } from "../../../src/operations/edit/draft-file.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

/** A draft after an editor, shell text with the file as $1, has had it. */
async function edited(editor: string) {
  const file = await writeDraft(temporaryDirectory(), { name: "web1", uuid: "u" }, "<domain/>\n");
  onTestFinished(() => file.remove());
  execFileSync("sh", ["-c", editor, "sh", file.path]);
  return { file, changed: file.isChanged(), text: await file.read().catch((error: Error) => error) };
}

describe("what an editor leaves", () => {
  it("is read, and counts as changed where it differs", async () => {
    expect(await edited(":")).toMatchObject({ changed: false, text: "<domain/>\n" });
    expect(await edited("echo '<domain/> ' >$1")).toMatchObject({ changed: true, text: "<domain/> \n" });
    expect(await edited("echo '<damain/>' >$1")).toMatchObject({ changed: true, text: "<damain/>\n" });
  });

  it.each([
    ["a pipe", "rm $1; mkfifo $1", "it is a pipe, and nobody wrote into it within 2 s"],
    ["no end", "ln -sf /dev/zero $1", "it is larger than 16 MiB"],
    ["a gigabyte", "truncate -s 1G $1", "it is larger than 16 MiB"],
    ["a directory", "rm $1; mkdir $1", "EISDIR"],
  ])("is a complaint, and stays for the user: %s", async (_, editor, why) => {
    const { file, changed, text } = await edited(editor);
    expect(text).toMatchObject({ message: expect.stringContaining(why), exitCode: 1 });
    expect(changed).toBe(true);
    expect(existsSync(file.path)).toBe(true);
  });

  it("is nothing to be kept where the file is gone", async () => {
    const { changed, text } = await edited("rm $1");
    expect(changed).toBe(false);
    expect(text).toMatchObject({ message: expect.stringContaining("ENOENT") });
  });
});
