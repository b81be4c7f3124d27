import * as fc from "fast-check";
import { readSections } from "../../../src/cluster/config-sections.ts";
import { UserError } from "../../../src/errors.ts";
import { readIni } from "../../../src/ini.ts";
import { formatOrigin, Problems } from "../../../src/origin.ts";
import { type AnyTarget, must, target } from "../target.ts";
import { mutationsOf, textOf } from "../text.ts";
import { configValueTargets, isHost, isWord } from "./config-values.ts";

const base = { directory: "/etc/mclu", home: "/home/me" };

const config = `; a comment
[mclu]
templates    = ./templates:~/t
host-reserve = 1G
fanout = 16
[nodes]
ham0 =
ham1 = admin@10.0.0.11:2222
host0.example.jp ; alone
[node.ham1]
become = sudo
mac    = 74:d4:35:51:ab:86
network = bridge:br0
groups = fast, "old"
connect-timeout = 1.5s
`;
const words = [
  "[",
  "]",
  "=",
  "nodes",
  "mclu",
  "node.",
  "ham0",
  "\n",
  '"',
  "'",
  "\\",
  ";",
  "#",
  "ham0 = 10.0.0.1\n",
  "[nodes]\n",
];

/** mclu.conf, and what stands in it. */
export const configTargets: readonly AnyTarget[] = [
  target({
    name: "readIni",
    about: "every section once, every key once in it, every line number one of the text's",
    seeds: [config, ""],
    arbitrary: fc.oneof(mutationsOf([config], words), textOf(words)),
    parse: readIni,
    holds({ sections, problems }, text) {
      const lines = text.split(/\r\n|[\r\n]/).length;
      const inside = (line: number) => Number.isInteger(line) && line >= 1 && line <= lines;
      must(new Set(sections.map(({ name }) => name)).size === sections.length, "a section twice");
      for (const { name, line, entries } of sections) {
        must(name !== "" && inside(line), "no section", name);
        must(new Set(entries.map(({ key }) => key)).size === entries.length, "a key twice", name);
        must(
          entries.every((entry) => entry.key !== "" && inside(entry.line)),
          "no entry",
          name,
        );
      }
      must(
        problems.every((problem) => inside(problem.line) && problem.text !== ""),
        "no problem",
      );
    },
  }),
  target({
    name: "readSections",
    about: "one UserError that names file and line, or nodes whose names and addresses are such",
    seeds: [config, "[nodes]\n"],
    arbitrary: fc.oneof(mutationsOf([config], words), textOf([...words, "port = 22\n", "[mclu]\n", "[node.ham0]\n"])),
    errors: [UserError],
    parse(text) {
      const problems = new Problems();
      const stated = readSections(readIni(text), "mclu.conf", base, problems);
      problems.throwIfAny("mclu config check");
      return stated;
    },
    holds({ nodes, templates }) {
      const names = nodes.map(({ name }) => name);
      must(new Set(names.map((name) => name.toLowerCase())).size === names.length, "a node twice", names);
      must(names.every(isWord), "no node name", names);
      for (const { layer } of nodes) must(isHost(layer.settings.host ?? "x"), "no host", layer.settings.host);
      for (const { directory, origin } of templates)
        must(directory.startsWith("/") && formatOrigin(origin).startsWith("mclu.conf:"), "no directory", directory);
    },
  }),
  ...configValueTargets,
];
