import { type Command, Help } from "commander";
import type { KnownGuest, KnownNames } from "../../operations/known-names.ts";
import { pathOf } from "../command.ts";
import { ColumnsOption } from "../output-options.ts";
import { assignmentWords } from "./assignments.ts";
import { guestWords, loginWords } from "./guest-words.ts";
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

/** The line as far as it was typed. */
interface Typed {
  /** The command that it calls; undefined for an option's value. */
  readonly command?: Command;
  readonly given: readonly string[];
  /** Those that `--node` limits the guests to. */
  readonly nodes: readonly string[];
  readonly current: string;
}

type Source = (names: KnownNames, typed: Typed) => Promise<readonly string[]> | readonly string[];

const guests: Source = (names, typed) => {
  const { command, given, current } = typed;
  const path = wordsOf(command);
  const known = fitting(names.guests, typed);
  if (path === "ssh") return loginWords(known, current);
  // what is set comes behind the guests
  return [...guestWords(known, current), ...(given.length > 0 ? assignmentWords(path, given, current) : [])];
};

/** By the name of an argument, or of an option's value. */
const sources: Readonly<Record<string, Source>> = {
  guest: guests,
  // what is cloned, copied and exported is off
  image: ({ guests: known }, { current }) =>
    guestWords(
      known.filter(({ state }) => state === "off"),
      current,
    ),
  node: ({ nodes }) => nodes,
  target: (names, typed) => [...names.nodes, ...guestWords(names.guests, typed.current)],
  template: ({ templates }) => templates(),
  id: ({ jobs }, { command }) => jobs.flatMap(({ id, live }) => (live || command?.name() !== "cancel" ? id : [])),
  word: (_names, { command, given, current }) => assignmentWords(wordsOf(command), given, current),
  // NODE/HOSTNAME; the host's name is new
  hostname: ({ nodes }, { current }) =>
    current === "" ? [] : nodes.flatMap((node) => (node.startsWith("@") ? [] : `${node}/`)),
  file: (names, typed) =>
    typed.command?.name() === "cp"
      ? loginWords(fitting(names.guests, typed), typed.current).map((guest) => `${guest}:`)
      : [],
  host: ({ hosts }, { current }) => {
    // [NAME=][USER@]HOST
    const begun = current.slice(0, Math.max(current.indexOf("="), current.lastIndexOf("@")) + 1);
    return hosts().map((host) => `${begun}${host}`);
  },
};
const files = ["file", "dir", "directory", "path"];

const off = ["off"] as const;
const on = ["running", "paused"] as const;
/** Whatever has a process, also of a guest that has crashed and is kept so. */
const active = [...on, "crashed"] as const;

/** In which states a guest is one for a command; the others take every guest. */
const wantedStates: Readonly<Record<string, readonly KnownGuest["state"][]>> = {
  start: off,
  rename: off,
  "image mark": off,
  // --force has it power off what is paused or has crashed
  stop: active,
  reset: on,
  destroy: active,
  console: active,
  viewer: active,
  ip: on,
  reboot: ["running"],
  pause: ["running"],
  ssh: ["running"],
  cp: ["running"],
  resume: ["paused"],
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
      return words(
        new Help()
          .visibleCommands(position.command)
          .map((below) => ({ word: below.name(), description: below.description() })),
      );
    case "option":
      return words(
        // the many that the help leaves out, steps of `build` among them, once one was begun
        (current.length > "--".length ? position.command.options : new Help().visibleOptions(position.command)).flatMap(
          ({ long, description }) => (long ? { word: long, description } : []),
        ),
      );
    case "value": {
      const { option, begun } = position;
      const behind = (found: readonly string[]) => found.map((word) => ({ word: `${begun}${word}` }));
      if (option.argChoices) return words(behind(option.argChoices));
      if (option instanceof ColumnsOption) return words(behind(columnWords(option, current.slice(begun.length))));
      const name = /<([^<>]+)>/.exec(option.flags)?.[1] ?? "";
      const source = sources[name];
      const found = source ? await source(names, { given: [], nodes: [], current: current.slice(begun.length) }) : [];
      return { words: behind(found), files: files.includes(name) };
    }
    case "argument": {
      const { command, argument, given, nodes } = position;
      const found = await Promise.all(
        // `[name|file...]`; the name in `template show NAME` is a template's
        argument
          .name()
          .split("|")
          .map((name) =>
            named(name === "name" ? (command.parent?.name() ?? "") : name, names, {
              command,
              given,
              nodes,
              current,
            }),
          ),
      );
      return {
        // a guest may be called `--all`
        words: found.flatMap(({ words }) => words).filter(({ word }) => !given.includes(word) && !word.startsWith("-")),
        files: found.some((one) => one.files),
      };
    }
    case "none":
      return words([]);
  }
}

/** Columns behind those that were typed: `name,+st`. */
function columnWords({ columns }: ColumnsOption, current: string): readonly string[] {
  const [given = ""] = /^.*,/.exec(current) ?? [];
  const plus = current.slice(given.length).startsWith("+") ? "+" : "";
  const known = given.split(",").map((name) => name.replace(/^\+/, ""));
  return columns.filter((name) => !known.includes(name)).map((name) => `${given}${plus}${name}`);
}

async function named(name: string, names: KnownNames, typed: Typed): Promise<Candidates> {
  const found = (await sources[name]?.(names, typed)) ?? [];
  return { words: found.map((word) => ({ word })), files: files.includes(name) };
}

function words(found: readonly Candidate[]): Candidates {
  return { words: found, files: false };
}

/** `nic set` */
function wordsOf(command: Command | undefined): string {
  return command ? pathOf(command).slice(1).join(" ") : "";
}

function fitting(known: readonly KnownGuest[], { command, nodes }: Typed): readonly KnownGuest[] {
  const wanted = wantedStates[wordsOf(command).replace(/^vm /, "")];
  const isThere = ({ node, groups }: KnownGuest) =>
    nodes.length === 0 || nodes.some((name) => name === node || groups.some((group) => name === `@${group}`));
  return known.filter((guest) => isThere(guest) && (wanted === undefined || wanted.includes(guest.state)));
}

/** No control characters, which would be keys to a shell, and none that nobody sees. */
function isTypable(word: string): boolean {
  return !/[\p{C}\p{Default_Ignorable_Code_Point}\u2800]/u.test(word) && word.trim() === word && word !== "";
}
