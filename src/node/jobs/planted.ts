import { exitCodes, UserError } from "../../errors.ts";
import { failed } from "../failure.ts";
import { quote } from "../shell.ts";
import { planted } from "./job-shell.ts";

/** Throws UserError (exit 6) where a script found that the place of the jobs is not ours alone. */
export function refusePlanted(node: { readonly name: string }, answer: string): void {
  const found = planted(answer);
  if (!found) return;
  if (found.why.startsWith("cannot be made"))
    throw new UserError(`${found.path} on ${node.name} ${found.why}; nothing was changed`, {
      hint: `jobs are kept there: mclu doctor ${node.name}`,
      exitCode: exitCodes.refused,
    });
  throw new UserError(`planted: ${found.path} on ${node.name} ${found.why}; nothing was changed`, {
    hint: `expected a directory of this login's own, mode 700: mclu exec ${node.name} -- ls -ld ${quote(found.path)}`,
    exitCode: exitCodes.refused,
  });
}

/** The same for a script that only reads: throws NodeError, `denied`. */
export function denyPlanted(node: { readonly name: string }, answer: string): void {
  const found = planted(answer);
  if (!found) return;
  const hint = `mclu exec ${node.name} -- ls -ld ${quote(found.path)}`;
  throw failed("denied", `planted: ${found.path} ${found.why}`, hint);
}
