import type { Command } from "commander";
import { readCopy } from "../operations/copy-operands.ts";
import type { Context } from "./context.ts";
import { addLoginOptions, type LoginFlags, orNotRun, runSsh, withLogin } from "./guest-login.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";

interface CopyFlags extends LoginFlags, NodeFlags {
  readonly recursive?: boolean;
  readonly preserve?: boolean;
}

const help = `
Examples:
  mclu cp site.tar web1:/srv/
  mclu cp -r web1:/var/log/nginx logs
  mclu cp alice@ham0/web1:notes.txt .

Your own scp copies, by the way that mclu ssh takes. A file here whose name has a colon is written ./NAME. The exit code is
scp's, 255 where it could not be run.`;

export function registerCp(program: Command, context: Context): void {
  const command = program
    .command("cp")
    .argument("<file...>", "FILE... GUEST:PATH, or GUEST:PATH... FILE")
    .usage("[options] SOURCE... DESTINATION")
    .description("copy files to a guest, or from one")
    .option("-r, --recursive", "directories as well")
    .option("-p, --preserve", "keep times and modes")
    .addHelpText("after", help);
  addLoginOptions(addNodeOption(command)).action(async (operands: string[], flags: CopyFlags) => {
    const run = context.withCluster((cluster) => {
      const copy = readCopy(
        operands,
        cluster.nodes.map(({ name }) => name),
      );
      return withLogin(context, cluster, copy.target, flags, (host, options) => {
        const there = (path: string) => `${host}:${path}`;
        const [from, to] = copy.to === "guest" ? [here, there] : [there, here];
        const how = [...(flags.recursive ? ["-r"] : []), ...(flags.preserve ? ["-p"] : [])];
        return runSsh(context, ["scp", ...how, ...options, "--", ...copy.sources.map(from), to(copy.destination)]);
      });
    });
    context.finish(await orNotRun(run));
  });
}

/** scp would take `a:b` for a host's file. */
function here(path: string): string {
  return path.includes(":") && !/^[./]/.test(path) ? `./${path}` : path;
}
