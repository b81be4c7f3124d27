import type { Command } from "commander";
import { exitCodes, UserError } from "../errors.ts";
import type { ExecResult } from "../operations/exec.ts";
import { showCommand, virsh } from "../operations/virsh.ts";
import { clean } from "../render/clean.ts";
import { renderExecEnds } from "../render/exec.ts";
import { splitLines } from "../render/lines.ts";
import { afterDashes } from "./after-dashes.ts";
import type { Context } from "./context.ts";

const help = `
Examples:
  mclu virsh ham0 -- net-list --all
  mclu virsh web1 -- domblklist --details       runs: virsh domblklist UUID --details
  mclu virsh ham1/web1 -- domiflist

On a node the arguments are virsh's as they are. For a guest its UUID is put after virsh's command word.
virsh is connected to the node's uri and reads nothing. Its exit code, 0 or 1, is passed on.`;

export function registerVirsh(program: Command, context: Context): void {
  program
    .command("virsh")
    .argument("[target...]", "a node or a guest, then -- and virsh's arguments")
    .usage("[options] NODE|GUEST -- ARG...")
    .description("run virsh on a node, or about a guest")
    .option("--show-commands", "print what runs, and where")
    .addHelpText("after", help)
    .showHelpAfterError("what belongs to virsh stands after --: mclu virsh web1 -- domblklist --details")
    .action(async (operands: string[], flags: { readonly showCommands?: boolean }) => {
      const { targets, words } = afterDashes(program, operands, "mclu virsh web1 -- domblklist");
      const [target] = targets;
      if (target === undefined || targets.length > 1)
        throw new UserError(`one node or guest is expected, ${targets.length} are named`, {
          hint: "mclu virsh web1 -- domblklist",
          exitCode: exitCodes.usage,
        });
      const { terminal, signal, warnings } = context;
      const code = await context.withCluster(async (cluster) => {
        const streams = { stdout: splitLines(), stderr: splitLines() };
        context.relays();
        const result = await virsh(cluster, target, words, {
          signal,
          onOutput: (stream, chunk) => terminal.pour(stream, streams[stream].push(chunk)),
          onCommand: (node, argv) => {
            if (flags.showCommands) terminal.err(`${clean(node)}: ${clean(showCommand(argv))}\n`);
          },
        });
        // virsh has ended: its exit code holds, whoever reads of it
        context.changes();
        for (const stream of ["stdout", "stderr"] as const) terminal.pour(stream, streams[stream].end());
        if (result.state !== "exited") terminal.err(renderExecEnds({ command: words, nodes: [result] }, warnings));
        return exitCodeOf(result);
      });
      context.finish(code);
    });
}

function exitCodeOf(result: ExecResult): number {
  switch (result.state) {
    case "exited":
      return result.exitCode;
    case "interrupted":
      return exitCodes.interrupted;
    default:
      return exitCodes.unreachable;
  }
}
