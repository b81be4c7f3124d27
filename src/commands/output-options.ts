import { type Command, Option } from "commander";
import { type Format, formats } from "../render/output.ts";

/** Adds `-o` with the formats that make sense for a command. */
export function addFormatOption(command: Command, choices: readonly Format[] = ["text", "json"]): Command {
  return command.addOption(
    new Option("-o, --output <format>", "how to print the answer").choices(choices).default("text"),
  );
}

/** Adds what every list takes: `-o`, `--columns`, `--no-header`, `--wide`. */
export function addListingOptions(command: Command): Command {
  return addFormatOption(command, formats)
    .option("--columns <list>", "columns by name, comma-separated; +NAME adds to the usual ones")
    .option("--no-header", "leave the heading out")
    .option("--wide", "all columns");
}
