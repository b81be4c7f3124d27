import { Command, Help } from "commander";
import type { KnownGuest, KnownNames } from "../../operations/known-names.ts";
import { pathOf } from "../command.ts";
import type { Position } from "./position.ts";

export interface Candidate {
  readonly word: string;
  readonly description?: string | undefined;
}

/** `files`: names of files fit as well, which the shell knows. */
export interface Candidates {
  readonly words: readonly Candidate[];
  readonly files: boolean;
}

type Source = (names: KnownNames, command: Command, current: string) => Promise<readonly string[]> | readonly string[];

const guests: Source = (names, command, current) => spellGuests(fitting(names.guests, command), current);

/** By the name of an argument, or of an option's value. */
const sources: Readonly<Record<string, Source>> = {
  guest: guests,
  image: guests,
  node: ({ nodes }) => nodes,
  target: (names, command, current) => [...names.nodes, ...spellGuests(fitting(names.guests, command), current)],
  template: ({ templates }) => templates(),
  id: ({ jobs }) => jobs,
  host: ({ hosts }, _command, current) => {
    // [NAME=][USER@]HOST
    const begun = current.slice(0, Math.max(current.indexOf("="), current.lastIndexOf("@")) + 1);
    return hosts().map((host) => `${begun}${host}`);
  },
};
const anyCommand = new Command();
const files = ["file", "dir", "directory", "path"];

/** Whether a guest has to be on for a command; the others take every guest. */
const wantsActive: Readonly<Record<string, boolean>> = {
  start: false,
  rename: false,
  clone: false,
  stop: true,
  reboot: true,
  reset: true,
  pause: true,
  resume: true,
  destroy: true,
  console: true,
  viewer: true,
  ssh: true,
  ip: true,
};

/** The words that may stand at a position, of which those that begin like `current` are wanted. */
export async function candidatesAt(position: Position, current: string, names: KnownNames): Promise<Candidates> {
  const found = await all(position, current, names);
  const words = found.words.filter(({ word }) => word.startsWith(current) && isTypable(word));
  return { ...found, words };
}

async function all(position: Position, current: string, names: KnownNames): Promise<Candidates> {
  switch (position.kind) {
    case "command":
      return wordsOf(
        new Help()
          .visibleCommands(position.command)
          .map((below) => ({ word: below.name(), description: below.description() })),
      );
    case "option":
      return wordsOf(
        new Help()
          .visibleOptions(position.command)
          .flatMap(({ long, description }) => (long ? { word: long, description } : [])),
      );
    case "value": {
      const { option } = position;
      if (option.argChoices) return wordsOf(option.argChoices.map((word) => ({ word })));
      const name = /<([^<>]+)>/.exec(option.flags)?.[1] ?? "";
      return named(name, names, current);
    }
    case "argument": {
      const { command, argument, given } = position;
      // `template show NAME`
      const name = argument.name() === "name" ? (command.parent?.name() ?? "") : argument.name();
      const found = await named(name, names, current, command);
      return { ...found, words: found.words.filter(({ word }) => !given.includes(word)) };
    }
    case "none":
      return wordsOf([]);
  }
}

async function named(name: string, names: KnownNames, current: string, command?: Command): Promise<Candidates> {
  const source = sources[name];
  const words = source && command ? await source(names, command, current) : await source?.(names, anyCommand, current);
  return { words: (words ?? []).map((word) => ({ word })), files: files.includes(name) };
}

function wordsOf(words: readonly Candidate[]): Candidates {
  return { words, files: false };
}

function fitting(known: readonly KnownGuest[], command: Command): readonly KnownGuest[] {
  const wanted = wantsActive[pathOf(command).at(-1) ?? ""];
  return wanted === undefined ? known : known.filter(({ active }) => active === wanted);
}

const byName = new Intl.Collator("en", { numeric: true }).compare;

/** Names, and NODE/GUEST where two have one name, where it was begun so, or where there is no such name. */
function spellGuests(known: readonly KnownGuest[], current: string): readonly string[] {
  const qualified = known.map(({ node, name }) => `${node}/${name}`);
  const count = new Map<string, number>();
  for (const { name } of known) count.set(name, (count.get(name) ?? 0) + 1);
  const bare = known.map(({ name, node }) => ((count.get(name) ?? 0) > 1 ? `${node}/${name}` : name));
  const isBare = !current.includes("/") && bare.some((word) => word.startsWith(current));
  return (isBare ? bare : qualified).toSorted(byName);
}

/** No control characters, which would be keys to a shell, and nothing that would be taken for an option. */
function isTypable(word: string): boolean {
  return !/\p{C}/u.test(word) && word.trim() === word && word !== "";
}
