import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { GuestChoice } from "../operations/choose-guests.ts";
import { planAddDisk } from "../operations/disk/add.ts";
import { planAttachIso } from "../operations/iso/attach.ts";
import type { Plan } from "../operations/plan.ts";
import { parseAssignments } from "../operations/set/assignments.ts";
import { planSet } from "../operations/set/plan-set.ts";
import { parseSize } from "../size.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";

type Make = (cluster: Cluster, choice: GuestChoice, value: string, signal: AbortSignal) => Promise<Plan>;

const set =
  (key: string): Make =>
  (cluster, choice, value, signal) =>
    planSet(cluster, choice, parseAssignments([`${key}=${value}`]), { signal });

/** Maglica's commands that change a guest, with the one option each has beside --name. */
const commands: readonly { readonly name: string; readonly option: string; readonly make: Make }[] = [
  { name: "set-vcpus", option: "vcpus", make: set("vcpus") },
  { name: "set-memory", option: "size", make: set("memory") },
  { name: "set-boot-device", option: "dev", make: set("boot") },
  {
    name: "attach-iso",
    option: "iso",
    make: (cluster, choice, iso, signal) => planAttachIso(cluster, choice, iso, { signal }),
  },
  {
    name: "attach-disk",
    option: "size",
    make: (cluster, choice, size, signal) => planAddDisk(cluster, choice, { from: { size: parseSize(size) }, signal }),
  },
];

/** `vm set-vcpus --name=GUEST --vcpus=4` and the like. */
export function registerVmChanges(vm: Command, context: Context): void {
  for (const { name, option, make } of commands) {
    const command = vm
      .command(name)
      .argument("[guest]", "instead of --name")
      .option("--name <guest>", "a name, a UUID or NODE/GUEST")
      .requiredOption(`--${option} <value>`);
    addChangeOptions(command).action(
      (word: string | undefined, flags: ChangeFlags & Readonly<Record<string, string | undefined>>) => {
        const guest = word ?? flags.name;
        if (guest === undefined)
          throw new UserError("no guest is named", {
            hint: `mclu vm ${name} --name=GUEST --${option}=...`,
            exitCode: exitCodes.usage,
          });
        return runChange(context, flags, (cluster) =>
          make(cluster, choiceOf([guest], flags), flags[option] ?? "", context.signal),
        );
      },
    );
  }
}
