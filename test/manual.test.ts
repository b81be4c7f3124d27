import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { describeCommands } from "../scripts/manual/described.ts";
import { manualPages } from "../scripts/manual/pages.ts";
import { globalKeyNames, nodeKeyNames } from "../src/cluster/config-keys.ts";
import { topics } from "../src/commands/topics/all.ts";
import { type Block, renderTopic } from "../src/commands/topics/topic.ts";
import { exitCodes } from "../src/errors.ts";
import { headKeys } from "../src/template/head-keys.ts";
import { runMclu } from "./support/run-mclu.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const { commands } = await describeCommands();

/** The words that a topic explains. */
function termsOf(name: string): string[] {
  const blocks: readonly Block[] = topics.find((topic) => topic.name === name)?.blocks ?? [];
  const lists = blocks.flatMap((block) => (typeof block !== "string" && "terms" in block ? block.terms : []));
  return lists.flatMap(([term]) => term.split(", "));
}

describe("the manual", () => {
  it("is what the commands and topics say: npm run manual writes it anew", async () => {
    for (const [file, text] of await manualPages()) expect(readFileSync(join(root, file), "utf8")).toBe(text);
  });

  it.each(commands)("has examples of $name that are its own", ({ name, more }) => {
    expect(more).toMatch(/^Examples:\n/m);
    const examples = more.split("Examples:\n")[1]?.split("\n\n")[0]?.split("\n") ?? [];
    expect(examples.length).toBeGreaterThan(0);
    expect(examples.join("\n")).toMatch(name === "mclu jobs list" ? /mclu jobs/ : new RegExp(`${name}\\b`));
  });

  it("explains every key, exit code and variable that there is", () => {
    expect(termsOf("configuration").sort()).toEqual([...nodeKeyNames, ...globalKeyNames].sort());
    expect(termsOf("templates")).toEqual(Object.keys(headKeys));
    expect(termsOf("exit-codes")).toEqual(Object.values(exitCodes).map(String));
    const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
    const read = sources
      .filter((file) => file.endsWith(".ts"))
      .flatMap((file) => [...readFileSync(join(root, "src", file), "utf8").matchAll(/env(?:\.|\[")([A-Z][A-Z_]+)/g)]);
    // what only sets them, for libraries; and what every program heeds
    const others = ["UV_THREADPOOL_SIZE", "RES_OPTIONS", "HOME", "PWD", "TERM", "TMPDIR", "PATH", "SHELL"];
    const wanted = new Set(read.map(([, variable = ""]) => variable).filter((variable) => !others.includes(variable)));
    expect(termsOf("environment")).toEqual(expect.arrayContaining([...wanted]));
  });

  it("fits a terminal of 80 columns", () => {
    for (const line of topics.flatMap((topic) => renderTopic(topic).split("\n"))) expect(line.length).toBeLessThan(81);
  });
});

describe("help TOPIC", () => {
  it.each(topics)("prints $name, without any configuration", async (topic) => {
    const { code, stdout, stderr } = await runMclu(["help", topic.name], { config: "broken" });
    expect({ code, stdout, stderr }).toEqual({ code: 0, stdout: renderTopic(topic), stderr: "" });
  });

  it("lists the topics below the commands, and corrects them", async () => {
    const { stdout } = await runMclu(["help"], { config: "broken" });
    for (const { name } of topics) expect(stdout).toContain(`\n  ${name} `);
    expect((await runMclu(["help", "selektors"], { config: "" })).stderr).toContain("did you mean selectors?");
    expect((await runMclu(["help", "help"], { config: "" })).stdout).toBe(stdout);
  });
});
