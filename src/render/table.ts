import { clean } from "./clean.ts";
import type { Style } from "./style.ts";
import { displayWidth, padDisplay } from "./width.ts";

export type Cell = string | number | boolean | null;

/** A column of a list: its value as data, and how a person reads it. */
export interface Column<Row> {
  /** As `--columns` and the csv header have it. */
  readonly name: string;
  readonly value: (row: Row) => Cell;
  /** For people; absent: the value itself. Cleaned for the terminal after it. */
  readonly text?: (row: Row) => string;
  readonly color?: (row: Row, style: Style) => ((text: string) => string) | undefined;
  readonly align?: "right";
  /** Only with `--wide` or when asked for. */
  readonly wide?: boolean;
}

/** What a person reads of a value: `-` for what nobody gave. */
function plainText(value: Cell): string {
  if (value === null || value === "") return "-";
  return typeof value === "boolean" ? (value ? "yes" : "no") : String(value);
}

/** Aligned columns, never truncated; the heading in capitals as `kubectl get` has it. */
export function renderTable<Row>(
  rows: readonly Row[],
  columns: readonly Column<Row>[],
  options: { readonly header: boolean; readonly style: Style },
): string {
  const { header, style } = options;
  const body = rows.map((row) => columns.map((column) => clean(column.text?.(row) ?? plainText(column.value(row)))));
  const headings = columns.map((column) => column.name.toUpperCase());
  // not Math.max(...): a hundred thousand rows are more arguments than a call can have
  const widths = columns.map((_, index) =>
    (header ? [headings] : [])
      .concat(body)
      .reduce((width, cells) => Math.max(width, displayWidth(cells[index] ?? "")), 0),
  );
  const line = (cells: readonly string[], paint: (index: number) => ((text: string) => string) | undefined) =>
    cells
      .map((cell, index) => {
        const width = widths[index] ?? 0;
        const painted = paint(index)?.(cell) ?? cell;
        const spaces = " ".repeat(Math.max(0, width - displayWidth(cell)));
        if (columns[index]?.align === "right") return spaces + painted;
        return index === cells.length - 1 ? painted : painted + spaces;
      })
      .join("  ");
  const lines = body.map((cells, row) => {
    const data = rows[row];
    return line(cells, (index) => (data === undefined ? undefined : columns[index]?.color?.(data, style)));
  });
  if (header) lines.unshift(line(headings, () => style.heading));
  return lines.map((text) => `${text.trimEnd()}\n`).join("");
}

/** RFC 4180, lines ended by a newline alone. */
export function renderCsv<Row>(rows: readonly Row[], columns: readonly Column<Row>[], header: boolean): string {
  const field = (value: Cell) => {
    const text = value === null ? "" : clean(String(value));
    return /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  const lines = rows.map((row) => columns.map((column) => field(column.value(row))));
  if (header) lines.unshift(columns.map((column) => column.name));
  return lines.map((fields) => `${fields.join(",")}\n`).join("");
}

/** `label:  value` lines, labels aligned to the longest; a value of several lines stays in its column. */
export function renderFields(fields: readonly (readonly [string, string])[], style: Style): string {
  const width = Math.max(...fields.map(([label]) => displayWidth(label)), 0) + 1;
  return fields
    .flatMap(([label, value]) => {
      const [first = "", ...more] = value.split("\n");
      const head = `${style.heading(padDisplay(`${label}:`, width))}  ${first}`;
      return [head, ...more.map((line) => `${" ".repeat(width)}  ${line}`)];
    })
    .map((line) => `${line.trimEnd()}\n`)
    .join("");
}
