import type { Style } from "./style.ts";

/** A command, and what it is good for. */
export type NextStep = readonly [command: string, what: string];

/** Narrower screens have what it is good for below the command; so has one that is too narrow for these. */
const narrow = 72;

/** Commands that one may type next, aligned. */
export function renderNextSteps(
  steps: readonly NextStep[],
  style: Style,
  columns: number = Number.POSITIVE_INFINITY,
): string {
  const width = Math.max(...steps.map(([command]) => command.length));
  const whole = width + Math.max(...steps.map(([, what]) => what.length)) + 4;
  return steps
    .map(([command, what]) =>
      columns < Math.max(narrow, whole)
        ? `  ${style.heading(command)}\n    ${what}\n`
        : `  ${style.heading(command)}${" ".repeat(width - command.length)}  ${what}\n`,
    )
    .join("");
}
