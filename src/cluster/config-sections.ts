import type { IniEntry, IniFile, IniSection } from "../ini.ts";
import type { Origin, Problems } from "../origin.ts";
import { isNodeKey } from "./config-keys.ts";
import { emptyLayer, type Given, type Layer, over, readLayer } from "./config-layer.ts";
import { keyProblem, strayNode, unknownSection } from "./config-meaning.ts";
import { readNodes } from "./config-nodes.ts";
import { type Base, readFanout, readPaths } from "./config-values.ts";

/** What a configuration says, before the environment and the command line have their say. */
export interface Stated {
  /** [mclu]'s keys that nodes have. */
  readonly global: Layer;
  /** In the order of [nodes]. */
  readonly nodes: readonly { readonly name: string; readonly layer: Layer }[];
  readonly fanout: { readonly value: number; readonly origin: Origin } | undefined;
  readonly templates: readonly { readonly directory: string; readonly origin: Origin }[];
}

type At = (line: number) => Origin;

/** The meaning of mclu.conf. All that is wrong with it goes to `problems`; what is right is in the result. */
export function readSections(ini: IniFile, file: string, base: Base, problems: Problems): Stated {
  const at: At = (line) => ({ from: "file", file, line });
  const sections = new Map(ini.sections.map((section) => [section.name, section]));
  const section = (name: string) => sections.get(name);
  const lines = readNodes(section("nodes"), at, problems);
  const names = new Set(lines.map(({ name }) => name));
  for (const { line, text } of ini.problems) problems.add(at(line), text);
  checkSections(ini, names, at, problems);

  const read = (name: string) => readSection(section(name), at, base, problems, names);
  const entry = (key: string) => section("mclu")?.entries.find((candidate) => candidate.key === key);
  const templates = readGlobal(entry("templates"), at, problems, (text) => readPaths(text, base));
  return {
    global: read("mclu"),
    nodes: lines.map(({ name, layer }) => {
      const own = read(`node.${name}`);
      checkTwice(name, layer, own, problems);
      return { name, layer: over(layer, own) };
    }),
    fanout: readGlobal(entry("fanout"), at, problems, readFanout),
    templates: templates ? templates.value.map((directory) => ({ directory, origin: templates.origin })) : [],
  };
}

function checkSections(
  { sections, problems: broken }: IniFile,
  nodes: ReadonlySet<string>,
  at: At,
  problems: Problems,
): void {
  const unknown = sections.filter(({ name }) => !isKnownSection(name));
  for (const { name, line } of unknown) problems.add(at(line), () => unknownSection(name, nodes));
  // where the file is broken or another section was meant for it, saying that [nodes] is missing would only distract
  if (sections.every(({ name }) => name !== "nodes") && unknown.length === 0 && broken.length === 0)
    problems.add(at(1), "no section [nodes]: put one line NAME = [USER@]HOST[:PORT] per node under it");
  for (const { name, line } of sections) {
    const node = /^node\.(.*)$/s.exec(name)?.[1];
    if (node !== undefined && !nodes.has(node)) problems.add(at(line), () => strayNode(node, nodes));
  }
}

/** A node's address and its section are equals: neither can beat the other. */
function checkTwice(node: string, address: Layer, section: Layer, problems: Problems): void {
  for (const key of ["user", "port"] as const) {
    const given = section.origins.get(key);
    if (given && address.origins.has(key))
      problems.add(given, `${key} of ${node} is given twice: its address in [nodes] has one too`);
  }
}

function readGlobal<T>(
  entry: IniEntry | undefined,
  at: At,
  problems: Problems,
  read: (text: string) => T,
): { value: T; origin: Origin } | undefined {
  // a key without a value is readSection's to report
  if (!entry?.value) return undefined;
  const text = entry.value;
  const value = problems.attempt(at(entry.line), entry.key, () => read(text));
  return value === undefined ? undefined : { value, origin: at(entry.line) };
}

/** The node keys of [mclu] or of [node.NAME]. */
function readSection(
  section: IniSection | undefined,
  at: At,
  base: Base,
  problems: Problems,
  nodes: ReadonlySet<string>,
): Layer {
  if (!section) return emptyLayer;
  const given: Given[] = [];
  for (const { key, value, line } of section.entries) {
    const problem = keyProblem(key, value, section.name, nodes);
    if (problem !== undefined) problems.add(at(line), problem);
    else if (isNodeKey(key)) given.push({ key, text: value ?? "", origin: at(line) });
  }
  return readLayer(given, base, problems);
}

function isKnownSection(name: string): boolean {
  return name === "mclu" || name === "nodes" || name.startsWith("node.");
}
