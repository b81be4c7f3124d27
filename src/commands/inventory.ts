import type { Command } from "commander";
import { inventory } from "../operations/inventory.ts";
import { readExitCode } from "../operations/silence.ts";
import { clean } from "../render/clean.ts";
import { renderInventoryIni, renderInventoryJson } from "../render/inventory.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";

interface InventoryFlags extends NodeFlags {
  readonly login: string;
  readonly all?: boolean;
  readonly list?: boolean;
}

const help = `
Examples:
  mclu inventory > hosts.ini && ansible -i hosts.ini all -m raw -a uptime
  mclu inventory --list                    JSON, as a dynamic inventory answers
  mclu inventory 'web*' --login debian

Guests are reached through their nodes, as mclu ssh reaches them. There is a group for each node (node_ham0), and one for
each group of mclu.conf (group_fast). Names that Ansible would interpret are left out, with a warning.`;

export function registerInventory(program: Command, context: Context): void {
  const command = program
    .command("inventory")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs; every guest that runs by default")
    .description("print an inventory of guests for Ansible")
    .option("--list", "as the JSON of a dynamic inventory")
    .option("--all", "guests that do not run as well")
    .option("-l, --login <user>", "log in as this user", "root")
    .addHelpText("after", help);
  addNodeOption(command).action(async (guests: string[], { node, login, all, list }: InventoryFlags) => {
    const { terminal, warnings, signal, self, env } = context;
    const { cwd } = context.configuration();
    const code = await context.withCluster(async (cluster) => {
      const report = await inventory(cluster, { guests, nodes: node, login, all, self, cwd, env, signal });
      terminal.out(list ? renderInventoryJson(report) : renderInventoryIni(report));
      for (const warning of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(warning)}\n`);
      terminal.err(renderSilence(report.nodes, warnings));
      return readExitCode(report.nodes, node);
    });
    context.finish(code);
  });
}
