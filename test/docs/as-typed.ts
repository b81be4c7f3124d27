import { execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CommanderError } from "commander";
import { commandEntries, entriesFor } from "../../src/commands/all.ts";
import { spellOutHelp } from "../../src/commands/command.ts";
import type { Context } from "../../src/commands/context.ts";
import { topics } from "../../src/commands/topics/all.ts";
import { addCommands, createProgram } from "../../src/program.ts";

/** Arguments that a shell gives to `mclu` for a line, one list for each time the line calls it. */
export type Shell = (line: string) => readonly (readonly string[])[];

/**
 * A shell in which `mclu` only notes its arguments, and prints a name, so that loops and xargs have one to go on with.
 * Of other programs there are but a few that read.
 * @param directory empty, for the shell's files
 */
export function notingShell(directory: string): Shell {
  const bin = join(directory, "bin");
  const home = join(directory, "home");
  const notes = join(directory, "notes");
  mkdirSync(bin);
  mkdirSync(join(home, ".ssh"), { recursive: true });
  for (const name of ["xargs", "date", "cat", "env", "cut", "tr", "true"])
    symlinkSync(`/usr/bin/${name}`, join(bin, name));
  const noting = `#!/bin/sh\nprintf '%s\\0' "$@" >>"$NOTES"; printf '\\n\\0' >>"$NOTES"; echo web1\n`;
  writeFileSync(join(bin, "mclu"), noting);
  chmodSync(join(bin, "mclu"), 0o755);
  return (line) => {
    rmSync(notes, { force: true });
    // files that a line reads are not there
    const options = { cwd: home, env: { HOME: home, PATH: bin, NOTES: notes }, stdio: "ignore" as const };
    execFileSync("/bin/sh", ["-c", `touch() { : ; }; ${line}\n:`], options);
    if (!existsSync(notes)) return [];
    const calls = readFileSync(notes, "utf8").split("\n\0").slice(0, -1);
    return calls.map((call) => call.split("\0").slice(0, -1));
  };
}

const valued = ["-f", "--config", "--fanout", "--connect-timeout", "--read-timeout", "--change-timeout"];

/**
 * What the program's own parser has against these arguments; undefined where a command would run with them. Nothing runs.
 */
export async function complaintAbout(argv: readonly string[]): Promise<string | undefined> {
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const program = createProgram({ out: () => undefined, err: say, size: undefined });
  const entries = argv[0] === "help" ? commandEntries : entriesFor(argv, valued);
  await addCommands(program, entries, { terminal: {} } as Context);
  program.hook("preAction", () => {
    throw new WouldRun();
  });
  try {
    if (argv[0] === "help" && topics.some(({ name }) => name === argv[1])) return undefined;
    await program.parseAsync(spellOutHelp(program, argv, topics), { from: "user" });
  } catch (error) {
    if (error instanceof WouldRun || (error instanceof CommanderError && error.exitCode === 0)) return undefined;
    return said.join("") || String(error);
  }
  return undefined;
}

class WouldRun extends Error {}
