import type { Command } from "commander";
import { exitCodes, UserError } from "../errors.ts";
import { showCommand } from "../operations/virsh.ts";

/**
 * Divides the arguments of `VERB TARGET... -- WORD...`. Commander drops the `--`, so the program's own arguments tell
 * where it was.
 * @param operands what commander took for arguments, the words included
 * @param example what to type instead, for the error when nothing follows a `--`
 */
export function afterDashes(program: Command, operands: readonly string[], example: string) {
  // `rawArgs` is not in commander's types
  const { rawArgs } = program as unknown as { readonly rawArgs: readonly string[] };
  const at = rawArgs.indexOf("--");
  const words = at < 0 ? [] : rawArgs.slice(at + 1);
  if (words.length === 0) {
    const [mclu, verb] = example.split(" ");
    const [target, ...others] = operands;
    // `virsh ham0 list`: most likely only the `--` was forgotten
    if (at < 0 && target !== undefined && others.length > 0)
      throw new UserError("there is no -- before the command", {
        hint: `${mclu} ${verb} ${showCommand([target])} -- ${showCommand(others)}`,
        exitCode: exitCodes.usage,
      });
    throw new UserError("nothing stands after --", { hint: `for instance: ${example}`, exitCode: exitCodes.usage });
  }
  return { targets: operands.slice(0, operands.length - words.length), words };
}
