import { UnexpectedOutput } from "./query.ts";

/** A cell that may hold anything: a name that a guest has chosen. */
export const anyText = ".*?";

/** A column of virsh's output: its heading and what its cells look like, as a regular expression without groups. */
export interface TableColumn {
  readonly heading: string;
  readonly cell: string;
}

/**
 * Reads a table of virsh, where virsh has nothing better to give. Cells are recognised by their form and not by their
 * place: columns move with the width of what is in them. Throws UnexpectedOutput for other headings and for a row that
 * does not fit.
 * @returns rows of cells; null for no text at all, which is how virsh fails
 */
export function parseTable(text: string, what: string, columns: readonly TableColumn[]): string[][] | null {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  const [header, rule, ...rows] = lines;
  if (header === undefined) return null;
  const headings = columns.map(({ heading }) => heading).join(" ");
  if (header.trim().replace(/\s+/g, " ") !== headings || !/^-+$/.test(rule ?? ""))
    throw new UnexpectedOutput(what, header);
  // One way only to read a run of spaces: a guest may choose a name of a million of them, and a pattern that can share
  // them out between two parts would try every way.
  const cells = columns.map(({ cell }) => (cell === anyText ? `(${cell})\\s` : `(${cell})(?:\\s+|$)`)).join("");
  const row = new RegExp(`^ ?${cells}$`, "u");
  return rows.map((line) => {
    const found = row.exec(line.trimEnd())?.slice(1);
    if (!found) throw new UnexpectedOutput(`a row of ${what}`, line);
    return found.map((cell) => cell.trimEnd());
  });
}
