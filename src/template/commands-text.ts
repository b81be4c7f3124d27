import { exitCodes, UserError } from "../errors.ts";
import type { Origin, Problems } from "../origin.ts";
import { attemptStep, type TemplateStep } from "./step.ts";

/**
 * The steps in the text of a commands file, as `customize_read_from_file` of libguestfs reads it: the name up to the first
 * space, the rest as it is, no quoting; a backslash at the end of a line takes the next one with it, and the newline
 * stays in the value. What is wrong goes to `problems`.
 * @param at the origin of a line, counted from 1
 * @param directory what local files are relative to
 */
export function readCommands(
  text: string,
  at: (line: number) => Origin,
  directory: string,
  problems: Problems,
): readonly TemplateStep[] {
  const steps: TemplateStep[] = [];
  for (const { line, text: command } of joinLines(text)) {
    if (command === "" || command.startsWith("#")) {
      if (command.includes("\n"))
        problems.add(
          at(line),
          "the comment ends in a backslash, which takes the next line with it: remove one of them",
        );
      continue;
    }
    const space = command.indexOf(" ");
    const [name, value] = space < 0 ? [command, null] : [command.slice(0, space), command.slice(space + 1)];
    steps.push(...attemptStep(name, value, { origin: at(line), directory }, problems));
  }
  return steps;
}

function joinLines(text: string): { readonly line: number; readonly text: string }[] {
  const joined: { line: number; text: string }[] = [];
  let continued = false;
  for (const [index, line] of text.split("\n").entries()) {
    const continues = line.endsWith("\\");
    const own = continues ? `${line.slice(0, -1)}\n` : line;
    const last = joined.at(-1);
    if (continued && last) last.text += own;
    else joined.push({ line: index + 1, text: own });
    continued = continues;
  }
  return joined.map((command) => ({ ...command, text: command.text.trimStart() }));
}

/**
 * The text of a commands file for `--commands-from-file`, passwords included: it belongs into a file of mode 0600.
 * @param nameOf where a local file lies on the node
 */
export function writeCommands(steps: readonly TemplateStep[], nameOf: (step: TemplateStep) => string): string {
  return steps.map((step) => commandText(step, step.local ? around(step.local, nameOf(step)) : step.value)).join("");
}

function around({ before, after }: { readonly before: string; readonly after: string }, name: string): string {
  if (/[:\p{Cc}]/u.test(name))
    throw new UserError(`libguestfs cannot be told of a file named ${name}`, { exitCode: exitCodes.refused });
  return `${before}${name}${after}`;
}

function commandText({ name }: TemplateStep, value: string | null): string {
  return value === null ? `${name}\n` : `${name} ${value.replaceAll("\n", "\\\n")}\n`;
}
