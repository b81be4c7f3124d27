import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { runs } from "./fuzz.ts";
import { failuresDirectory } from "./kept.ts";
import { allTargets, wordTargets } from "./targets.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const names = Object.values(allTargets).flatMap((targets) => targets.map(({ name }) => name));
const count = (100_000).toLocaleString("en");

/** The table as docs/fuzzing.md has it. */
function table(): string {
  const rows = Object.entries(allTargets).flatMap(([group, targets]) => [
    `| **${group}** | | |`,
    ...targets.map(({ name, about }) => `| \`${name}\` | ${about} | ${count} |`),
  ]);
  const words = wordTargets.map((name) => `| ${name} | every word comes back byte for byte | ${count} |`);
  return [
    "| target | what holds for every input | inputs |",
    "| --- | --- | --- |",
    ...rows,
    "| **Quoting** | | |",
    ...words,
  ].join("\n");
}

it("docs/fuzzing.md has every target and what holds for it; after a change: put this table there", () => {
  expect(runs).toBeGreaterThanOrEqual(100_000);
  const text = readFileSync(here("../../docs/fuzzing.md"), "utf8");
  const found = text.slice(text.indexOf("| target"), text.lastIndexOf("|") + 1);
  // the formatter aligns its columns
  const plain = (text: string) => text.replace(/ +\|/g, " |").replace(/-{3,}/g, "---");
  expect(plain(found)).toBe(plain(table()));
});

it("every target has a name of its own, and every folder of kept inputs a target", () => {
  expect(new Set(names).size).toBe(names.length);
  const words = wordTargets.map((name) => name.replaceAll(" ", "-"));
  for (const folder of readdirSync(failuresDirectory)) expect([...names, ...words]).toContain(folder);
});

it("every table of targets has a test that runs it", () => {
  const tests = readdirSync(here(".")).filter((file) => file.endsWith(".test.ts"));
  const source = tests.map((file) => readFileSync(here(file), "utf8")).join("");
  const tables = readFileSync(here("targets.ts"), "utf8").matchAll(/import \{ (\w+Targets) \}/g);
  for (const [, table = ""] of tables) expect(source).toContain(`fuzzAll(${table})`);
});

/** Readers of files and of what is already parsed: their texts go through a parser that has a target. */
const readers = [
  "readConfig",
  "readConfigFile",
  "readLayer",
  "readNodes",
  "readKnownHosts",
  "readKeyFile",
  "readKeyText",
  "readConfigSources",
  "readJournal",
  "readKnownJobs",
  "readLastSeen",
  "readCutMoves",
];
const others = [
  "parseHosts",
  "readConfigText",
  "readKept",
  "readDetails",
  "readExitCode",
  "parseMetadata",
  "readStep",
  "parsePoolSpace",
  "readChange",
  "readBase64",
  "readOwnFile",
  "readBytes",
  "readJob",
  "readJobLog",
  "readJobFile",
  "readNeighbours",
  "readPools",
  "readImages",
  "readFileKinds",
  "readStorage",
  "readOperand",
  "readModel",
  "readTemplateText",
  "readSelector",
  "parseDisk",
  "parseInterface",
  "parseGraphics",
  "parseWhole",
  "readLine",
];

/** Queries that look at an exit code alone, give the text as it is, or are parts of another one that has a target. */
const plainQueries = [
  "hostQuery",
  "succeed",
  "shell",
  "probe",
  "lifeQuery",
  "noMore",
  "jobQuery",
  "tellQuery",
  "combine",
  "addressQuery",
  "rest",
  "repairQuery",
  "thoseWith",
];

/** What makes or is a `Query`: a function by its result, a constant by its type. */
const queryForm = /\bconst (\w+): Query<|\bfunction (\w+)(?:<[^>]*>)?\((?:(?!\bfunction\b|\n\}\n)[\s\S])*?\): Query</g;

const sources = readdirSync(here("../../src/"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts"))
  .map((file) => readFileSync(join(here("../../src/"), file), "utf8"));
const targetSources = readdirSync(here("targets"))
  .map((file) => readFileSync(here(`targets/${file}`), "utf8"))
  .join("");
const hasTarget = (name: string) => new RegExp(`\\b${name}\\b`).test(targetSources);

it("no parser is without a target", () => {
  const parsers = sources.flatMap((text) =>
    [...text.matchAll(/^export (?:async )?function ((?:parse|read)[A-Z]\w*)/gm)].map(([, name = ""]) => name),
  );
  expect(parsers.filter((name) => !hasTarget(name) && ![...readers, ...others].includes(name))).toEqual([]);
});

it("no question to a node is without a target for what it reads", () => {
  const queries = sources.flatMap((text) =>
    [...text.matchAll(queryForm)].map(([, constant, made]) => constant ?? made ?? ""),
  );
  expect(queries.length).toBeGreaterThan(50);
  expect(queries).toEqual(expect.arrayContaining(["hasNetworkQuery", "activePoolsQuery", "reservationsQuery"]));
  expect(queries.filter((name) => !hasTarget(name) && !plainQueries.includes(name))).toEqual([]);
});
