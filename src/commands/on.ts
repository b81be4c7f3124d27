import type { Command } from "commander";
import { switchOn } from "../operations/node-power/switch-on.ts";
import { clean } from "../render/clean.ts";
import type { OutputOptions } from "../render/output.ts";
import { sayWhile } from "../render/waiting.ts";
import type { Context } from "./context.ts";
import { reportNodeChange } from "./node-change.ts";
import { addFormatOption } from "./output-options.ts";
import { parseSeconds } from "./parse-seconds.ts";

interface OnFlags extends Pick<OutputOptions, "output"> {
  readonly wait?: boolean;
  readonly timeout?: number;
}

const help = `
Examples:
  mclu on ham3
  mclu on --wait --timeout 300 @rack2

A wake-on-LAN packet goes to the mac of each node that is off: from here, and where this machine is not in the node's
network by a node that is, and is on. Nobody acknowledges such a packet: --wait says whether the node came. mclu.conf:
  [node.ham3]
  mac = 74:d4:35:51:ab:86
mclu doctor says what mac a node has, while it is on, and whether its card listens.`;

export function registerOn(program: Command, context: Context): void {
  const command = program
    .command("on")
    .argument("<node...>", "nodes or @groups")
    .description("switch nodes on by wake-on-LAN")
    .option("--wait", "until libvirt answers on them")
    .option("--timeout <seconds>", "how long that may take, with --wait (default: 180)", parseSeconds)
    .addHelpText("after", help);
  addFormatOption(command).action(async (nodes: string[], flags: OnFlags) => {
    const { terminal, signal } = context;
    const code = await context.withCluster(async (cluster) => {
      const onStep = (node: string, what: string) => terminal.err(`${clean(node)}: ${clean(what)}\n`);
      const { wait, timeout } = flags;
      const switchThemOn = () => switchOn(cluster, nodes, { wait, timeout, signal, onStep });
      const awaited = `until libvirt answers on ${nodes.join(", ")}`;
      const report = wait ? await sayWhile(terminal, awaited, switchThemOn) : await switchThemOn();
      return reportNodeChange(context, report, flags.output);
    });
    context.finish(code);
  });
}
