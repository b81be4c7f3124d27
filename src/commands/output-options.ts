import { type Command, Option } from "commander";
import { chooseColumns, type Format, formats, type Listing, type OutputOptions } from "../render/output.ts";

/** Adds `-o` with the formats that make sense for a command. */
export function addFormatOption(command: Command, choices: readonly Format[] = ["text", "json"]): Command {
  return command.addOption(
    new Option("-o, --output <format>", "how to print the answer").choices(choices).default("text"),
  );
}

/** `--columns` and the names that it takes, which commander's own choices cannot be: several stand in one value. */
export class ColumnsOption extends Option {
  readonly columns: readonly string[];

  constructor(columns: readonly string[]) {
    super("--columns <list>", "columns by name, comma-separated; +NAME adds to the usual ones");
    this.columns = columns;
  }
}

/**
 * Adds what every list takes: `-o`, `--columns`, `--no-header`, `--wide`.
 * @param list empty: a column that it has not is refused before anything is asked or changed
 */
export function addListingOptions<Row>(command: Command, list: Listing<Row>): Command {
  command.hook("preAction", (self) => void chooseColumns(list.columns, self.opts<OutputOptions>()));
  return addFormatOption(command, formats)
    .addOption(new ColumnsOption(list.columns.map(({ name }) => name)))
    .option("--no-header", "leave the heading out")
    .option("--wide", "all columns");
}
