import { type Command, Option } from "commander";
import { exitCodes } from "../errors.ts";
import { type DiskFormat, diskFormats } from "../operations/clone/clone-plan.ts";
import { exportImage } from "../operations/export/export.ts";
import { prepareExport } from "../operations/export/prepare-export.ts";
import { clean } from "../render/clean.ts";
import { renderExport, renderExportPlan } from "../render/image-export.ts";
import { jobProgress } from "../render/job-progress.ts";
import { renderJson } from "../render/json.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { clientName } from "./making.ts";
import { addFormatOption } from "./output-options.ts";

interface ExportFlags extends Pick<OutputOptions, "output"> {
  readonly format: DiskFormat;
  readonly dryRun?: boolean;
}

const help = `
Examples:
  mclu image export debian-original debian.qcow2
  mclu image export debian-original --format vmdk debian.vmdk

FILE is on this machine, and is never overwritten; more disks go beside it (debian-vdb.vmdk). The image is converted in its
node's pool by a job, which removes what it made as soon as it was fetched. Checksums are compared.`;

/** `image export`. */
export function addExport(command: Command, context: Context): void {
  command
    .argument("<image>", "an image, or any guest that is shut off: mclu image list --all")
    .argument("<file>", "a file of this machine")
    .description("fetch an image's disks, in the format of another hypervisor too")
    .addOption(new Option("--format <format>", "of the file").choices(diskFormats).default("qcow2"))
    .option("--dry-run", "print the plan and do nothing")
    .addHelpText("after", help);
  addFormatOption(command).action(async (image: string, file: string, flags: ExportFlags) => {
    context.finish(await run(context, image, file, flags));
  });
}

function run(context: Context, image: string, file: string, { format, output, dryRun }: ExportFlags) {
  const { terminal, style, warnings, signal } = context;
  return context.withCluster(async (cluster) => {
    const { cwd } = context.configuration();
    const prepared = await prepareExport(cluster, { image, file, format, cwd, signal });
    const { plan } = prepared;
    terminal.err(renderSilence(plan.nodes, warnings));
    if (dryRun) {
      terminal.out(output === "json" ? renderJson("image-export-plan", plan) : renderExportPlan(plan, style));
      return exitCodes.done;
    }
    // a cancelled job has 10 s to end its processes, and then undoes what it made
    context.takeTime(60_000);
    const place = `${plan.image.node}/${plan.image.name}`;
    const progress = jobProgress(terminal, [place]);
    let stage = "";
    let tens = -1;
    const report = await exportImage(cluster, prepared, {
      client: clientName(),
      signal,
      onProgress(what, share) {
        if (what !== stage) progress.event(place, { kind: "stage", name: what, at: 0 });
        stage = what;
        const now = share === null ? -1 : Math.floor(share * 10);
        if (now >= 0 && now !== tens) progress.event(place, { kind: "log", line: `${now * 10} %` });
        tens = now;
      },
    }).finally(() => progress.done());
    terminal.out(output === "json" ? renderJson("image-export", report) : renderExport(report));
    for (const problem of report.warnings) terminal.err(`${warnings.warn("warning:")} ${clean(problem)}\n`);
    return exitCodes.done;
  });
}
