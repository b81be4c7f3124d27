import { type Command, Option } from "commander";
import { chooseColumns, type Format, formats, type Listing, type OutputOptions } from "../render/output.ts";

/** Adds `-o` with the formats that make sense for a command. */
export function addFormatOption(command: Command, choices: readonly Format[] = ["text", "json"]): Command {
  return command.addOption(
    new Option("-o, --output <format>", "how to print the answer").choices(choices).default("text"),
  );
}

/**
 * Adds what every list takes: `-o`, `--columns`, `--no-header`, `--wide`.
 * @param made the list of a command that changes something, empty: a column that it has not is refused before that
 */
export function addListingOptions<Row>(command: Command, made?: Listing<Row>): Command {
  if (made) command.hook("preAction", (self) => void chooseColumns(made.columns, self.opts<OutputOptions>()));
  return addFormatOption(command, formats)
    .option("--columns <list>", "columns by name, comma-separated; +NAME adds to the usual ones")
    .option("--no-header", "leave the heading out")
    .option("--wide", "all columns");
}
