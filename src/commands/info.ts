import type { Command } from "commander";
import { type InfoReport, info } from "../operations/info.ts";
import { renderInfo } from "../render/info.ts";
import { renderJson } from "../render/json.ts";
import type { OutputOptions } from "../render/output.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";
import { addFormatOption } from "./output-options.ts";
import { showAsItComes } from "./show-as-it-comes.ts";

const help = `
Examples:
  mclu info web1
  mclu info ham0/web1 'db*' -o json

A guest's agent is asked for addresses, for 3 seconds at most, where libvirt says that it is connected. Passwords are
never shown.`;

export function registerInfo(program: Command, context: Context): void {
  const command = program
    .command("info")
    .argument("<guest...>", "names, UUIDs, NODE/GUEST or globs")
    .description("show everything about a guest: disks, networks, addresses, snapshots")
    .addHelpText("after", help);
  addFormatOption(addNodeOption(command)).action(
    async (guests: string[], flags: NodeFlags & Pick<OutputOptions, "output">) => {
      const { style, signal } = context;
      const render = (report: InfoReport) =>
        flags.output === "json" ? renderJson("info", report) : renderInfo(report, style);
      const code = await context.withCluster((cluster) =>
        showAsItComes(
          context,
          cluster,
          flags,
          (onProgress) => info(cluster, guests, { nodes: flags.node, signal, onProgress }),
          render,
        ),
      );
      context.finish(code);
    },
  );
}
