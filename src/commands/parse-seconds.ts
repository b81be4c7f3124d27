import { exitCodes, UserError } from "../errors.ts";

/** What a timer can hold, 24 days; Node lets a longer one fire at once. */
const longest = Math.floor((2 ** 31 - 1) / 1000);

/** A positive number of seconds from the command line: `2`, `0.5`, `3s`. Throws UserError (exit 2). */
export function parseSeconds(text: string): number {
  const seconds = Number(/^(\d+(?:\.\d+)?)s?$/.exec(text)?.[1]);
  // NaN is no number of seconds either
  if (!(seconds > 0 && seconds <= longest))
    throw new UserError(`not a number of seconds: ${text}`, {
      hint: `for example 2 or 0.5, at most ${longest}`,
      exitCode: exitCodes.usage,
    });
  return seconds;
}
