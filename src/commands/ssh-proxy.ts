import { Duplex, Writable } from "node:stream";
import type { Command } from "commander";
import { exitCodes } from "../errors.ts";
import { proxyToGuest, proxyToSocket, waysThrough } from "../operations/ssh-proxy.ts";
import type { Context } from "./context.ts";
import { parseWhole } from "./parse-whole.ts";

/** Environment variable for the mclu that a ProxyCommand on the way starts: the guests, between blanks. */
const mark = "MCLU_SSH_PROXY";

/** For ssh's ProxyCommand: `ssh-config` names it, and `ssh` and `cp` run ssh with it. Nobody types it. */
export function registerSshProxy(program: Command, context: Context): void {
  program
    .command("ssh-proxy", { hidden: true })
    .argument("<guest>", "NODE/UUID")
    .option("--port <n>", "of the guest's ssh server", parseWhole)
    .option("--socket", "not a guest but the socket of a mclu that runs")
    .description("connect stdin and stdout with a guest's ssh server")
    .action(async (target: string, { port, socket }: { readonly port?: number; readonly socket?: boolean }) => {
      const through = waysThrough(target, context.env[mark]);
      const input = context.terminal.input();
      const near = Duplex.from({ readable: input, writable: into(context.terminal.output) });
      // what fails before anything is passed on is said by whoever threw it
      near.on("error", () => undefined);
      try {
        if (socket) await proxyToSocket(target, near);
        else
          await context.withCluster(
            async (cluster) => {
              await proxyToGuest(cluster, target, near, { port, signal: context.signal });
              return exitCodes.done;
            },
            { mark: { [mark]: through } },
          );
      } finally {
        // ssh keeps our stdin open until we are gone, and we would stay as long as it is
        input.destroy();
      }
    });
}

/** Writes into a stream, and leaves it as it is at its own end: a stdout that is destroyed is an error of the program. */
function into(output: Writable): Writable {
  return new Writable({
    write(chunk: Uint8Array, encoding, done) {
      output.write(chunk, encoding, done);
    },
  });
}
