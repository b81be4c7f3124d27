import type { Command } from "commander";
import { planProtection } from "../operations/protection.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";

interface ProtectFlags extends ChangeFlags {
  readonly all?: boolean;
}

const verbs = {
  protect: "keep guests from being deleted and powered off by mclu",
  unprotect: "let guests be deleted and powered off again",
} as const;

/** `protect` and `unprotect`. */
export function registerProtect(program: Command, context: Context): void {
  for (const verb of ["protect", "unprotect"] as const) {
    const command = program
      .command(verb)
      .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs")
      .usage("[options] GUEST...")
      .description(verbs[verb])
      .option("--all", "every guest of every node, or of --node NODE")
      .addHelpText(
        "after",
        `\nExamples:\n  mclu ${verb} web1\n\nThe mark is in the guest's metadata in libvirt, so that every administrator's mclu sees it: delete, destroy and\nstop --force refuse a protected guest. It keeps nobody from using virsh.`,
      );
    addChangeOptions(command).action((guests: string[], flags: ProtectFlags) =>
      runChange(context, flags, (cluster) =>
        planProtection(cluster, verb, choiceOf(guests, flags), { signal: context.signal }),
      ),
    );
  }
}
