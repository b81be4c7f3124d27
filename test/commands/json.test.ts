import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { commandEntries } from "../../src/commands/all.ts";
import { pathOf } from "../../src/commands/command.ts";
import { clusterOf } from "../support/guests.ts";
import { kindsOfDocuments, parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";

/** Words in the places of arguments: names that nothing has. */
const words: Readonly<Record<string, string>> = {
  node: "nowhere",
  id: "20991231T235959",
  size: "1G",
  "new-name": "other",
  word: "link=down",
  file: "FILE",
  dir: "FILE",
};
/** What a command wants besides. */
const more: Readonly<Record<string, readonly string[]>> = {
  set: ["vcpus=2"],
  exec: ["--", "true"],
  wait: ["--for", "ip"],
  "vm clone": ["--image", "nobody", "--hostname", "web9"],
  "vm set-vcpus": ["--vcpus", "2"],
  "vm set-memory": ["--size", "1G"],
  "vm set-boot-device": ["--device", "hd"],
  "vm attach-disk": ["--source", "/nothing"],
  "vm attach-iso": ["--source", "/nothing"],
};

/** Every command that prints JSON, as a line that is about nothing there is. */
async function lines(): Promise<readonly (readonly string[])[]> {
  const program = new Command().enablePositionalOptions();
  // registering commands needs no context; running them does
  const context = new Proxy({}, { get: () => ({}) }) as never;
  for (const { load } of commandEntries) (await load())(program, context);
  const below = (command: Command): readonly Command[] =>
    command.commands.length > 0 ? command.commands.flatMap(below) : [command];
  return below(program).flatMap((command) => {
    const output = command.options.find(({ long }) => long === "--output");
    if (!output?.argChoices?.includes("json")) return [];
    const path = pathOf(command).slice(1);
    const places = command.registeredArguments.map((argument) => words[argument.name()] ?? "nobody");
    return [[...path, "-o", "json", ...places, ...(more[path.join(" ")] ?? [])]];
  });
}

describe("-o json", () => {
  const expectDocument = (line: readonly string[], { code, stdout, stderr }: Awaited<ReturnType<typeof runMclu>>) => {
    const said = { line: line.join(" "), code, stdout: stdout.slice(0, 300), stderr };
    if (stdout !== "") parseDocument(stdout);
    else
      expect(said).toEqual({
        ...said,
        code: expect.toSatisfy((code) => code !== 0),
        stderr: expect.stringMatching(/./),
      });
  };

  it("is one whole document or nothing, whatever goes wrong, of every command", async () => {
    const all = await lines();
    expect(all.length).toBeGreaterThan(50);
    const config = clusterOf({ ham0: [{ name: "web1" }] });
    const deaf = config.replace(/^uri = .*$/m, "uri = qemu+unix:///system?socket=/nonexistent");
    for (const line of all) {
      const argv = line.map((word) => (word === "FILE" ? join(temporaryDirectory(), "made") : word));
      const runs = await Promise.all([config, deaf, "[nodes"].map((text) => runMclu(argv, { config: text })));
      for (const run of runs) expectDocument(line, run);
    }
  }, 240_000);
});

it("docs/scripting.md has the commands of every kind of document", () => {
  const page = readFileSync(new URL("../../docs/scripting.md", import.meta.url), "utf8");
  const kinds = [...page.matchAll(/^\| `([a-z-]+)` +\|/gm)].map(([, kind = ""]) => kind);
  expect(kinds.sort()).toEqual([...kindsOfDocuments].sort());
});
