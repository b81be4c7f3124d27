import type { Command } from "commander";
import { type PowerVerb, planPower } from "../operations/power.ts";
import { addChangeOptions, type ChangeFlags, choiceOf, runChange } from "./change.ts";
import type { Context } from "./context.ts";

interface PowerFlags extends ChangeFlags {
  readonly all?: boolean;
}

interface PowerHelp {
  readonly description: string;
  readonly text: string;
}

const verbs: Readonly<Record<PowerVerb, PowerHelp>> = {
  reboot: {
    description: "ask guests to reboot",
    text: "The guest itself reboots, by its agent or by ACPI, and may take its time or not do it: mclu reset does it at once.",
  },
  reset: {
    description: "reset guests at once, as their reset button would",
    text: "What a guest has not written to its disks is lost. mclu reboot asks it to reboot by itself.",
  },
  pause: {
    description: "stop guests where they are; they keep their memory",
    text: "mclu resume lets them go on.",
  },
  resume: {
    description: "let paused and sleeping guests go on",
    text: "A guest that runs already is left as it is.",
  },
};

/** `reboot`, `reset`, `pause` and `resume`. */
export function registerPower(program: Command, context: Context): void {
  for (const verb of Object.keys(verbs) as PowerVerb[]) {
    const { description, text } = verbs[verb];
    const asks = verb === "resume" ? "" : "\nA glob and --all ask first.";
    const command = program
      .command(verb)
      .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs")
      .usage("[options] GUEST...")
      .description(description)
      .option("--all", "every guest of every node, or of --node NODE")
      .addHelpText("after", `\nExamples:\n  mclu ${verb} web1\n  mclu ${verb} ham1/web1 'db*'\n\n${text}${asks}`);
    addChangeOptions(command).action((guests: string[], flags: PowerFlags) =>
      runChange(context, flags, (cluster) =>
        planPower(cluster, verb, choiceOf(guests, flags), { signal: context.signal }),
      ),
    );
  }
}
