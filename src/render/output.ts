import { exitCodes, UserError } from "../errors.ts";
import { clean } from "./clean.ts";
import { renderJson } from "./json.ts";
import type { Style } from "./style.ts";
import { type Column, renderCsv, renderTable } from "./table.ts";

export const formats = ["text", "json", "csv", "name"] as const;

export type Format = (typeof formats)[number];

/** What `-o`, `--columns`, `--no-header` and `--wide` ask for. */
export interface OutputOptions {
  readonly output: Format;
  readonly columns?: string;
  readonly header: boolean;
  readonly wide?: boolean;
}

/** A list that every format can show. */
export interface Listing<Row> {
  /** Of the JSON document. */
  readonly kind: string;
  /** The whole report, for JSON. */
  readonly report: object;
  readonly rows: readonly Row[];
  readonly columns: readonly Column<Row>[];
  /** Canonical name of a row, for `-o name`; null leaves the row out. */
  readonly name: (row: Row) => string | null;
}

/** A list in the format asked for. Throws UserError (exit 2) for a column that does not exist. */
export function renderListing<Row>(listing: Listing<Row>, options: OutputOptions, style: Style): string {
  const columns = chooseColumns(listing.columns, options);
  switch (options.output) {
    case "json":
      return renderJson(listing.kind, listing.report);
    case "csv":
      return renderCsv(listing.rows, columns, options.header);
    case "name":
      return listing.rows
        .flatMap((row) => listing.name(row) ?? [])
        .map((name) => `${clean(name)}\n`)
        .join("");
    case "text":
      return renderTable(listing.rows, columns, { header: options.header, style });
  }
}

/** `--columns a,b` replaces the default columns, `--columns +a,b` adds to them. */
export function chooseColumns<Row>(
  all: readonly Column<Row>[],
  options: Pick<OutputOptions, "columns" | "wide">,
): readonly Column<Row>[] {
  const usual = all.filter((column) => options.wide === true || column.wide !== true);
  if (options.columns === undefined) return usual;
  const names = options.columns.split(",").map((name) => name.trim());
  const find = (name: string) => {
    const found = all.find((column) => column.name === name.toLowerCase());
    if (found) return found;
    throw new UserError(`no column named ${name === "" ? "(empty)" : name}`, {
      hint: `columns: ${all.map((column) => column.name).join(" ")}`,
      exitCode: exitCodes.usage,
    });
  };
  const chosen = names.map((name) => find(name.replace(/^\+/, "")));
  return [...new Set([...(names.some((name) => name.startsWith("+")) ? usual : []), ...chosen])];
}
