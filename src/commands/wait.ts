import { type Command, Option } from "commander";
import { exitCodes } from "../errors.ts";
import { type WaitFor, wait, waitGoals } from "../operations/wait.ts";
import { clean } from "../render/clean.ts";
import { renderJson } from "../render/json.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import { waitingLine } from "../render/waiting.ts";
import type { Context } from "./context.ts";
import { addNodeOption, type NodeFlags } from "./node-option.ts";
import { addFormatOption } from "./output-options.ts";
import { parseSeconds } from "./parse-seconds.ts";

interface WaitFlags extends NodeFlags, Pick<OutputOptions, "output"> {
  readonly for: WaitFor;
  readonly timeout?: number;
}

const help = `
Examples:
  mclu wait web1 --for ip
  mclu wait ham0/web1 --for 'shut off' --timeout 300

ip: an address, which is printed; ssh: an ssh server that greets, seen from the node; agent: the guest's agent has
connected; or a state. A lease may be older than the guest's start: ssh is the surer sign of life.
Exit code 7: not by the deadline; 6: it cannot come, because the guest is off.`;

export function registerWait(program: Command, context: Context): void {
  const command = program
    .command("wait")
    .argument("<guest>", "a name, a UUID or NODE/GUEST")
    .description("wait until a guest has an address, an ssh server, an agent or a state")
    .addOption(new Option("--for <what>", "what to wait for").choices(waitGoals).makeOptionMandatory())
    .option("--timeout <seconds>", "how long (default: 120)", parseSeconds)
    .addHelpText("after", help);
  addFormatOption(addNodeOption(command)).action(async (guest: string, flags: WaitFlags) => {
    const { terminal, warnings, signal } = context;
    const code = await context.withCluster(async (cluster) => {
      const { timeout, node: nodes } = flags;
      const waiting = waitingLine(terminal, `${guest}: ${flags.for}`);
      const onLook = (now: string) => waiting?.stands(now);
      const options = { for: flags.for, timeout, nodes, signal, onLook };
      const report = await wait(cluster, guest, options).finally(() => waiting?.done());
      const place = clean(`${report.node}/${report.name}`);
      const text = report.address === null ? `${place}: ${report.for}\n` : `${clean(report.address)}\n`;
      terminal.out(flags.output === "json" ? renderJson("wait", report) : text);
      if (report.doubt !== null) terminal.err(`${warnings.warn("warning:")} ${clean(report.doubt)}\n`);
      terminal.err(renderSilence(report.nodes, warnings));
      return exitCodes.done;
    });
    context.finish(code);
  });
}
