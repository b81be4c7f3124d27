import type { Command } from "commander";
import { registerMaglicaClone } from "./clone.ts";
import { registerConsole } from "./console.ts";
import type { Context } from "./context.ts";
import { registerDelete } from "./delete.ts";
import { registerDestroy } from "./destroy.ts";
import { registerInfo } from "./info.ts";
import { registerList } from "./list.ts";
import { registerStart } from "./start.ts";
import { registerStop } from "./stop.ts";
import { registerVmChanges } from "./vm-change.ts";

/** What Maglica had below `vm`: `vm remove` is `delete`. */
export function registerVm(program: Command, context: Context): void {
  const vm = program.command("vm", { hidden: true });
  const verbs = [
    registerList,
    registerInfo,
    registerStart,
    registerStop,
    registerDestroy,
    registerDelete,
    registerMaglicaClone,
    registerConsole,
  ];
  for (const register of verbs) register(vm, context);
  registerVmChanges(vm, context);
}
