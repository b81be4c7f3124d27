import type { Command } from "commander";
import { readExitCode } from "../operations/silence.ts";
import { xml } from "../operations/xml.ts";
import { prefixed } from "../render/lines.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";

const help = `
Examples:
  mclu xml web1
  mclu xml --inactive ham0/web1 > web1.xml

Secrets, such as the password of a VNC console, are not in it.`;

export function registerXml(program: Command, context: Context): void {
  const command = program
    .command("xml")
    .argument("<guest>", "name, UUID or NODE/GUEST")
    .description("print a guest's libvirt XML")
    .option("--inactive", "what it will be at its next start, instead of what it is")
    .addHelpText("after", help);
  addNodeOption(command).action(async (guest: string, flags: NodeFlags & { readonly inactive?: boolean }) => {
    const { terminal, warnings, signal } = context;
    const code = await context.withCluster(async (cluster) => {
      const report = await xml(cluster, guest, { inactive: flags.inactive, nodes: flags.node, signal });
      // a pipe gets the very XML; a terminal would act on what may be in it
      terminal.out(terminal.stdoutIsTty ? prefixed(report.xml, "") : report.xml);
      terminal.err(renderSilence(report.nodes, warnings));
      return readExitCode(report.nodes, flags.node);
    });
    context.finish(code);
  });
}
