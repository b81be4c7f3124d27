import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { headKeys } from "../../src/template/head-keys.ts";
import { stepNames } from "../../src/template/step-syntax.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";

const guide = readFileSync(new URL("../../docs/templates.md", import.meta.url), "utf8");
const blocks = [...guide.matchAll(/```(\w*)\n([^`]+)```/g)].map(([, kind = "", text = ""]) => ({ kind, text }));

/** What the guide's examples name, and the one that it shows as broken. */
const others: Readonly<Record<string, string>> = {
  "files/site.conf": "server { listen 80; } # ok\n",
  "secrets/root": "hunter2\n",
  "tree/index.html": "",
  "broken.conf":
    "[template]\nram = 2G\nimage = debian.qcow2\n\n[customize]\ninstal nginx\nupload files/motd:/etc/motd\n",
};

/** A directory with the templates of the guide that `names` has, and their files. */
function writeGuide(names: readonly string[]): string {
  const directory = temporaryDirectory();
  const write = (name: string, text: string) => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  };
  for (const [name, text] of Object.entries(others)) if (name.includes("/") || names.includes(name)) write(name, text);
  for (const { text } of blocks) {
    const name = /^; (\S+\.conf)\n/.exec(text)?.[1];
    if (name !== undefined && names.includes(name)) write(name, text);
  }
  return directory;
}

describe("docs/templates.md", () => {
  it.each(["web.conf", "motd.conf", "jammy.conf"])("shows a template that is right: %s", async (name) => {
    const directory = writeGuide([name]);
    const run = await runMclu(["template", "validate", join(directory, name)]);
    expect(run).toEqual({ code: 0, stdout: `${name.replace(".conf", "")}: no errors\n`, stderr: "" });
  });

  const examples = blocks.flatMap(({ text }) => {
    const [, command, output] = /^\$ mclu (.+)\n([\s\S]*)$/.exec(text) ?? [];
    return command === undefined || output === undefined ? [] : [{ command, output }];
  });

  it.each(examples)("shows what is printed by mclu $command", async ({ command, output }) => {
    const directory = writeGuide(["web.conf", ...(command.includes("broken") ? ["broken.conf"] : [])]);
    const argv = command.split(" ").map((word) => (word === "broken.conf" ? join(directory, word) : word));
    const { stdout } = await runMclu(argv, { env: { MCLU_PATH: directory } });
    expect(stdout.replaceAll(directory, "/home/kei/templates")).toBe(output);
  });

  it("has three of those", () => {
    expect(examples).toHaveLength(3);
  });

  it("names every key and every step", () => {
    const named = new Set([...guide.matchAll(/`([a-z-]+)`/g)].map(([, name]) => name));
    expect([...Object.keys(headKeys), ...stepNames].filter((name) => !named.has(name))).toEqual([]);
  });
});
