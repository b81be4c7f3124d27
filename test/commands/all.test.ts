import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { commandEntries, entriesFor } from "../../src/commands/all.ts";
import type { Context } from "../../src/commands/context.ts";

const valued = ["-f", "--config", undefined, "--fanout"];
const words = (...argv: string[]) => {
  const entries = entriesFor(argv, valued);
  return entries.length === commandEntries.length ? "all" : entries.flatMap((entry) => entry.words).join(" ");
};

describe("entriesFor", () => {
  it("finds the command behind options and their values", () => {
    expect(words("status")).toBe("status");
    expect(words("ls", "web1")).toBe("list ls");
    expect(words("-f", "status", "list")).toBe("list ls");
    expect(words("--fanout", "3", "--config=list", "vm", "remove")).toBe("vm");
  });

  it("gives all for the help, for mistakes and for what it does not see through", () => {
    for (const argv of [
      [],
      ["--help"],
      ["help", "status"],
      ["statsu"],
      ["-fx", "status"],
      ["--fanout"],
      ["--", "list"],
    ])
      expect(words(...argv)).toBe("all");
  });
});

describe("commandEntries", () => {
  it.each(commandEntries)("names what $words registers", async ({ words: named, load }) => {
    const program = new Command().enablePositionalOptions();
    (await load())(program, {} as Context);
    expect(program.commands.flatMap((command) => [command.name(), ...command.aliases()])).toEqual(named);
  });
});
