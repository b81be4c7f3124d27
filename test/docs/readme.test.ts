import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { describeCommands } from "../../scripts/manual/described.ts";
import { exitCodes } from "../../src/errors.ts";
import { runMclu } from "../support/run-mclu.ts";

const readme = readFileSync(fileURLToPath(new URL("../../README.md", import.meta.url)), "utf8");

describe("README.md", () => {
  it("lists the commands there are, and no others", async () => {
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
  it.each([
    "README.md",
    "docs/architecture.md",
    "docs/decisions/0003-one-script-per-query.md",
    "docs/decisions/0004-ssh-transport.md",
    "docs/decisions/0005-ini.md",
  ])("%s links to files that are there", (file) => {
    const url = new URL(`../../${file}`, import.meta.url);
    const links = [...readFileSync(url, "utf8").matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = ""]) => link);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(existsSync(new URL(link, url)), link).toBe(true);
  });
});
