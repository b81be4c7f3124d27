import { type Command, InvalidArgumentError } from "commander";
import { logs } from "../operations/logs.ts";
import { splitLines } from "../render/lines.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";

interface LogsFlags extends NodeFlags {
  readonly lines: number | "all";
  readonly follow?: boolean;
}

const help = `
Examples:
  mclu logs web1
  mclu logs -f -n 5 ham0/web1

The log is libvirt's about the guest: how its qemu was started, and what qemu said. What the guest prints is on its
console.`;

export function registerLogs(program: Command, context: Context): void {
  const command = program
    .command("logs")
    .argument("<guest>", "name, UUID or NODE/GUEST")
    .description("print the log that the hypervisor keeps of a guest")
    .option("-n, --lines <number>", "the last so many lines, or all", parseLines, 50)
    .option("-f, --follow", "go on until Ctrl-C")
    .addHelpText("after", help);
  addNodeOption(command).action(async (guest: string, flags: LogsFlags) => {
    const { terminal, warnings, signal } = context;
    const [stdout, stderr] = [splitLines(), splitLines()];
    const code = await context.withCluster(async (cluster) => {
      const result = await logs(cluster, guest, {
        lines: flags.lines,
        follow: flags.follow === true,
        nodes: flags.node,
        signal,
        onFound: (nodes) => terminal.err(renderSilence(nodes, warnings)),
        onStdout: (chunk) => terminal.pour("stdout", stdout.push(chunk)),
        onStderr: (chunk) => terminal.pour("stderr", stderr.push(chunk)),
      });
      terminal.out(stdout.end());
      terminal.err(stderr.end());
      return result;
    });
    context.finish(code);
  });
}

function parseLines(text: string): number | "all" {
  if (text === "all") return "all";
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("a number of lines, or all, is expected.");
}
