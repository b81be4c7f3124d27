import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { describeCommands } from "../../scripts/manual/described.ts";
import { exitCodes } from "../../src/errors.ts";
import { runMclu } from "../support/run-mclu.ts";
import { documents } from "./shell-lines.ts";

const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");

describe("README.md", () => {
  // every command is loaded, which takes a busy machine long
  it("lists the commands there are, and no others", { timeout: 120_000 }, async () => {
    const listed = [...readme.matchAll(/^\| `mclu ([a-z-]+(?: [a-z-]+)*)/gm)].map(([, name]) => name);
    const all = (await describeCommands()).commands.map(({ name }) => name);
    // those of groups as two words
    const own = all.filter((name) => !all.some((other) => other.startsWith(`${name} `)));
    expect(listed.sort()).toEqual(own.map((name) => name.replace("mclu ", "")).sort());
  });

  it("names only exit codes there are", () => {
    const listed = [...readme.matchAll(/^\| (\d+) +\|/gm)].map(([, code]) => Number(code));
    expect(listed.length).toBeGreaterThan(5);
    expect(Object.values(exitCodes)).toEqual(expect.arrayContaining(listed));
  });

  it("shows a configuration that is right", async () => {
    const config = /```ini\n([^`]+)```/.exec(readme)?.[1] ?? "";
    expect(await runMclu(["config", "check"], { config })).toMatchObject({ code: 0, stderr: "" });
  });
});

describe("the documents", () => {
  it.each(documents())("%s links to files and headings that are there", (file) => {
    const url = new URL(`../../${file}`, import.meta.url);
    for (const [, link = ""] of readFileSync(url, "utf8").matchAll(/\]\((?!https?:)([^)\s]+)\)/g)) {
      const [path = "", heading] = link.split("#");
      const target = path === "" ? url : new URL(path, url);
      expect(existsSync(target), link).toBe(true);
      if (heading !== undefined) expect(headingsOf(readFileSync(target, "utf8")), link).toContain(heading);
    }
  });
});

/** As they are named behind `#`. */
function headingsOf(page: string): readonly string[] {
  return [...page.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, "")
      .replaceAll(" ", "-"),
  );
}
