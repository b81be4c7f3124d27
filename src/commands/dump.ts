import type { Command } from "commander";
import { dump } from "../operations/dump.ts";
import { readExitCode } from "../operations/silence.ts";
import { renderDump } from "../render/dump.ts";
import { renderJson } from "../render/json.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import { sayWhile } from "../render/waiting.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";
import { addFormatOption } from "./output-options.ts";

interface DumpFlags extends NodeFlags, Pick<OutputOptions, "output"> {
  readonly force?: boolean;
}

const help = `
Examples:
  mclu dump backup-$(date +%F)

The files are DIR/NODE/GUEST.xml, DIR/NODE/networks/NETWORK.xml and DIR/NODE/pools/POOL.xml, ready for "virsh define",
"net-define" and "pool-define". Secrets are not in them. In a file's name every character but letters, digits and
._+=@,- is written as %XX, like in a URL; a name that is too long is cut and followed by %% and the UUID.
Files of guests that are gone stay where they are with --force.`;

export function registerDump(program: Command, context: Context): void {
  const command = program
    .command("dump")
    .argument("<dir>", "where to write; must be new or empty")
    .description("write the XML of every guest, network and pool, by node")
    .option("--force", "write into a directory that is not empty, over files of the same names")
    .addHelpText("after", help);
  addFormatOption(addNodeOption(command)).action(async (directory: string, flags: DumpFlags) => {
    const { terminal, warnings, signal } = context;
    const { cwd } = context.configuration();
    const code = await context.withCluster(async (cluster) => {
      const { node: nodes, force } = flags;
      const write = () => dump(cluster, directory, { nodes, force, cwd, signal });
      const report = await sayWhile(terminal, "writing down what the nodes define", write);
      terminal.out(flags.output === "json" ? renderJson("dump", report) : renderDump(report));
      terminal.err(renderSilence(report.nodes, warnings));
      return readExitCode(report.nodes, nodes);
    });
    context.finish(code);
  });
}
