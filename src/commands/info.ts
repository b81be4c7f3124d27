import type { Command } from "commander";
import { info } from "../operations/info.ts";
import { readExitCode } from "../operations/silence.ts";
import { clean } from "../render/clean.ts";
import { renderInfo } from "../render/info.ts";
import { renderJson } from "../render/json.ts";
import { liveBlocks } from "../render/live.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";
import { addFormatOption } from "./output-options.ts";

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
      const { terminal, style, warnings, signal } = context;
      const code = await context.withCluster(async (cluster) => {
        const live = flags.output === "text" ? liveBlocks(terminal, ["info"], () => "") : undefined;
        const report = await info(cluster, guests, {
          nodes: flags.node,
          signal,
          onProgress: (soFar) => live?.update("info", renderInfo(soFar, style)),
        });
        const text = flags.output === "json" ? renderJson("info", report) : renderInfo(report, style);
        if (live) {
          live.update("info", text);
          live.done();
        } else terminal.out(text);
        for (const warning of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(warning)}\n`);
        terminal.err(renderSilence(report.nodes, warnings));
        return readExitCode(report.nodes, flags.node);
      });
      context.finish(code);
    },
  );
}
