import { exitCodes, UserError } from "../errors.ts";

/** A whole number from 1 to 9999. Throws UserError (exit 2). */
export function parseWhole(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new UserError(`not a number from 1 to 9999: ${text}`, { hint: "for example 2", exitCode: exitCodes.usage });
}
