import type { Command } from "commander";
import { exitCodes, UserError } from "../errors.ts";
import { type ExecReport, exec, execExitCode, type OutputStream } from "../operations/exec.ts";
import { clean } from "../render/clean.ts";
import { renderExecEnds, renderFolded } from "../render/exec.ts";
import { renderJson } from "../render/json.ts";
import { type LineSplitter, prefixed, splitLines } from "../render/lines.ts";
import type { OutputOptions } from "../render/output.ts";
import type { Terminal } from "../render/terminal.ts";
import { waitingLine } from "../render/waiting.ts";
import { afterDashes } from "./after-dashes.ts";
import type { Context } from "./context.ts";
import { addFormatOption } from "./output-options.ts";
import { parseSeconds } from "./parse-seconds.ts";

interface ExecFlags extends Pick<OutputOptions, "output"> {
  readonly all?: boolean;
  readonly fold: boolean;
  readonly raw?: boolean;
  readonly stdin?: boolean;
  readonly timeout?: number;
}

const help = `
Examples:
  mclu exec ham0 -- systemctl status libvirtd
  mclu exec @fast -- 'df -h /var/lib/libvirt | tail -1'
  mclu exec --all -- uname -r
  mclu exec --no-fold ham0 ham1 -- tail -f /var/log/syslog
  mclu exec -i ham0 -- tee /etc/motd < motd
  mclu exec --raw ham0 -- tar -C /etc/libvirt -c . > libvirt.tar

Several words are run exactly as they are, without a shell. A single word is a line for sh on the node.
Where mclu.conf says "become = sudo" it runs under sudo.

One node's output comes as it is printed. That of several is shown at the end, equal output once under the names of its
nodes. Exit code: the largest of the nodes, 255 where the command could not be run or was cut off. A node that is off
counts only when it was named, 130 is Ctrl-C: it ends the command on every node, 141 a
reader that has seen enough (| head) while one ran.`;

export function registerExec(program: Command, context: Context): void {
  const command = program
    .command("exec")
    .argument("[node...]", "nodes or @groups, then -- and the command")
    .usage("[options] NODE... -- COMMAND [ARG...]")
    .description("run a command on nodes")
    .option("--all", "on every node")
    .option("--no-fold", "print every line as it comes, with its node's name in front")
    .option("--raw", "one node: pass both streams on byte by byte")
    .option("-i, --stdin", "one node: pass stdin on")
    .option("--timeout <seconds>", "end the command after so long", parseSeconds)
    .addHelpText("after", help)
    .showHelpAfterError("what belongs to the command stands after --: mclu exec ham0 -- ls -l");
  addFormatOption(command).action(async (operands: string[], flags: ExecFlags) => {
    const { targets, words } = afterDashes(program, operands, "mclu exec ham0 -- uname -r");
    checkTargets(targets, flags);
    const code = await context.withCluster(async (cluster) => {
      const names = cluster.select(targets).map(({ name }) => name);
      const count = names.length;
      if (count > 1 && (flags.raw || flags.stdin))
        throw new UserError(`${flags.raw ? "--raw" : "--stdin"} wants one node, these are ${count}`, {
          hint: "name one of them",
          exitCode: exitCodes.usage,
        });
      const { terminal, signal } = context;
      const show = presentation(context, flags, count);
      if (show.onOutput) context.relays();
      // what comes is a sign of life itself
      const waiting = show.onOutput || count === 1 ? undefined : awaitNodes(terminal, names);
      const report = await exec(cluster, words, {
        nodes: targets,
        stdin: flags.stdin ? terminal.input() : undefined,
        timeout: flags.timeout,
        signal,
        onOutput: show.onOutput,
        onSettled(result) {
          waiting?.settled(result.node);
          show.onSettled?.(result);
        },
      }).finally(() => waiting?.done());
      // the commands have ended: their exit code holds, whoever reads of them
      context.changes();
      show.end(report);
      return execExitCode(report, targets);
    });
    context.finish(code);
  });
}

function checkTargets(targets: readonly string[], flags: ExecFlags): void {
  if (targets.length > 0 === (flags.all === true))
    throw new UserError(flags.all ? "--all and node names exclude each other" : "no node is named", {
      hint: "mclu exec NODE... -- COMMAND, or mclu exec --all -- COMMAND",
      exitCode: exitCodes.usage,
    });
  if (flags.output === "json" && (flags.raw || !flags.fold))
    throw new UserError(`-o json and ${flags.raw ? "--raw" : "--no-fold"} exclude each other`, {
      exitCode: exitCodes.usage,
    });
}

/** Says on a terminal on which nodes the command has not come to its end. */
function awaitNodes(terminal: Terminal, names: readonly string[]) {
  const line = waitingLine(terminal, `until it ends on ${names.length} nodes`);
  const awaited = new Set(names);
  return {
    settled(node: string): void {
      awaited.delete(node);
      line?.stands(`still ${[...awaited].join(", ")}`);
    },
    done: () => line?.done(),
  };
}

interface Presentation {
  readonly onOutput?: (node: string, stream: OutputStream, chunk: Buffer) => Promise<void> | undefined;
  readonly onSettled?: (result: ExecReport["nodes"][number]) => void;
  end(report: ExecReport): void;
}

function presentation({ terminal, style, warnings }: Context, flags: ExecFlags, count: number): Presentation {
  const ends = (report: ExecReport) => terminal.err(renderExecEnds(report, warnings));
  if (flags.output === "json") return { end: (report) => terminal.out(renderJson("exec", report)) };
  if (flags.raw) return { onOutput: (_node, stream, chunk) => terminal.pour(stream, chunk), end: ends };
  if (!flags.fold || count === 1) {
    const streams = lineStreams(terminal, flags.fold ? () => "" : (node) => `${style.name(clean(node))}: `);
    return {
      ...streams,
      // one node's exit code is the program's: like ssh, nothing more is said of it
      end: (report) => ends({ ...report, nodes: report.nodes.filter(({ state }) => count > 1 || state !== "exited") }),
    };
  }
  return {
    onSettled: ({ node, stderr }) => terminal.err(prefixed(stderr, `${warnings.name(clean(node))}: `)),
    end(report) {
      terminal.out(renderFolded(report, style));
      ends(report);
    },
  };
}

/** Whole lines, in the order they come. */
function lineStreams(terminal: Terminal, prefix: (node: string) => string) {
  const splitters = new Map<string, LineSplitter>();
  const splitter = (node: string, stream: OutputStream) => {
    const key = `${stream} ${node}`;
    const known = splitters.get(key) ?? splitLines(prefix(node));
    splitters.set(key, known);
    return known;
  };
  return {
    onOutput: (node: string, stream: OutputStream, chunk: Buffer) =>
      terminal.pour(stream, splitter(node, stream).push(chunk)),
    onSettled: ({ node }: { readonly node: string }) => {
      for (const stream of ["stdout", "stderr"] as const) {
        const rest = splitter(node, stream).end();
        if (rest !== "") terminal.pour(stream, prefix(node) === "" ? rest : `${rest}\n`);
      }
    },
  };
}
