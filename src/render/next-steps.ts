import type { Style } from "./style.ts";

/** A command, and what it is good for. */
export type NextStep = readonly [command: string, what: string];

/** Narrower screens have what it is good for below the command. */
const narrow = 72;

/** Commands that one may type next, aligned. */
export function renderNextSteps(steps: readonly NextStep[], style: Style, columns = 80): string {
  const width = Math.max(...steps.map(([command]) => command.length));
  return steps
    .map(([command, what]) =>
      columns < narrow
        ? `  ${style.heading(command)}\n    ${what}\n`
        : `  ${style.heading(command)}${" ".repeat(width - command.length)}  ${what}\n`,
    )
    .join("");
}
