import type { Command } from "commander";
import { readExitCode } from "../operations/silence.ts";
import { sshConfig } from "../operations/ssh-config.ts";
import { clean } from "../render/clean.ts";
import { renderSilence } from "../render/silence.ts";
import { renderSshConfig } from "../render/ssh-config.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";

const help = `
Examples:
  mclu ssh-config > ~/.ssh/mclu
  echo 'Include mclu' | cat - ~/.ssh/config > new && mv new ~/.ssh/config
  rsync -a site/ web1:/srv/             and whatever else goes by ssh

Plain ssh, scp, rsync and git then reach guests by name through their nodes; mclu is their ProxyCommand. A guest is known by
NODE/GUEST as well, and by that alone where two have its name or it is another host's: a node's, one's on the way to a
node, one's in known_hosts.`;

export function registerSshConfig(program: Command, context: Context): void {
  const command = program
    .command("ssh-config")
    .argument("[guest...]", "names, UUIDs, NODE/GUEST or globs; every guest by default")
    .description("print ssh_config blocks that reach guests by name")
    .option("-l, --login <user>", "log in as this user", "root")
    .addHelpText("after", help);
  addNodeOption(command).action(async (guests: string[], { node, login }: NodeFlags & { readonly login: string }) => {
    const { terminal, warnings, signal, self, env } = context;
    const { cwd } = context.configuration();
    const code = await context.withCluster(async (cluster) => {
      const report = await sshConfig(cluster, { guests, nodes: node, login, self, cwd, env, signal });
      terminal.out(renderSshConfig(report));
      for (const warning of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(warning)}\n`);
      terminal.err(renderSilence(report.nodes, warnings));
      return readExitCode(report.nodes, node);
    });
    context.finish(code);
  });
}
