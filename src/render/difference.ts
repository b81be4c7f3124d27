import { clean } from "./clean.ts";
import type { Style } from "./style.ts";

/** A difference as `diff -u` shows it, below the line of what it is about. */
export function renderDifference(difference: string, style: Style): string {
  const lines = difference.split("\n").filter((line) => line !== "");
  return lines.map((line) => `    ${colorOf(line, style)(clean(line))}\n`).join("");
}

function colorOf(line: string, style: Style): (text: string) => string {
  if (line.startsWith("+")) return style.on;
  if (line.startsWith("-")) return style.failed;
  return style.dim;
}
