import type { Command } from "commander";
import type { Context } from "./context.ts";
import { addLoginOptions, type LoginFlags, orNotRun, runSsh, withLogin } from "./guest-login.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";

interface SshFlags extends LoginFlags, NodeFlags {
  readonly tty?: boolean;
}

const help = `
Examples:
  mclu ssh web1
  mclu ssh alice@ham0/web1 uptime
  mclu ssh -t web1 top
  tar -c site | mclu ssh web1 tar -C /srv -x
  mclu ssh -o LocalForward='8080 localhost:80' web1

Your own ssh logs in, with your keys and your ~/.ssh/config; the way leads through the guest's node, so that the guest needs
no address that this machine can reach. Its host key is remembered under its UUID. What follows the guest's name is the
command, as ssh has it. The exit code is the command's, 255 where mclu or ssh could not run it.`;

export function registerSsh(program: Command, context: Context): void {
  const command = program
    .command("ssh")
    .argument("<guest>", "GUEST or USER@GUEST: a name, UUID or NODE/GUEST")
    .argument("[command...]", "to run there; none: a shell")
    .usage("[options] [USER@]GUEST [COMMAND...]")
    .description("log in to a guest, or run a command in it")
    .option("-t, --tty", "give the command a terminal")
    .passThroughOptions()
    .addHelpText("after", help);
  addLoginOptions(addNodeOption(command)).action(async (target: string, operands: string[], flags: SshFlags) => {
    const words = operands[0] === "--" ? operands.slice(1) : operands;
    const run = context.withCluster((cluster) =>
      withLogin(context, cluster, target, flags, (host, options) =>
        runSsh(context, ["ssh", ...options, ...(flags.tty ? ["-t"] : []), "--", host, ...words]),
      ),
    );
    context.finish(await orNotRun(run));
  });
}
