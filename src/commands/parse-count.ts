import { exitCodes, UserError } from "../errors.ts";

/** How many things a plan is agreed to for. Throws UserError (exit 2). */
export function parseCount(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new UserError(`not a number: ${text}`, { hint: "--yes-all=3", exitCode: exitCodes.usage });
}
