import type { Command } from "commander";
import { doctor, doctorExitCode } from "../operations/doctor/doctor.ts";
import { renderDoctor } from "../render/doctor.ts";
import { renderJson } from "../render/json.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderNobody } from "../render/silence.ts";
import { sayWhile } from "../render/waiting.ts";
import type { Context } from "./context.ts";
import { addFormatOption } from "./output-options.ts";

interface DoctorFlags extends Pick<OutputOptions, "output"> {
  readonly all?: boolean;
}

const help = `
Examples:
  mclu doctor
  mclu doctor --all ham2
  mclu doctor -o json

Nothing is changed. Each finding has the one thing to type or to set. A problem keeps something from working: exit code 3.
A warning does not. What is looked at: docs/troubleshooting.md.`;

export function registerDoctor(program: Command, context: Context): void {
  const command = program
    .command("doctor")
    .argument("[node...]", "nodes or @groups; all of them by default")
    .description("look for what is wrong with nodes, and say how to mend it")
    .option("--all", "also what is well, with details")
    .addHelpText("after", help);
  addFormatOption(command).action(async (nodes: string[], flags: DoctorFlags) => {
    const { terminal, style, warnings, signal } = context;
    const code = await context.withCluster(async (cluster) => {
      const report = await sayWhile(terminal, "looking for what is wrong", () => doctor(cluster, { nodes, signal }));
      const text = flags.output === "text";
      terminal.out(text ? renderDoctor(report, flags.all === true, style) : renderJson("doctor", report));
      terminal.err(renderNobody(report.nodes, warnings));
      return doctorExitCode(report, nodes);
    });
    context.finish(code);
  });
}
