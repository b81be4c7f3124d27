import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { copyImage } from "../operations/copy/copy.ts";
import { type PreparedCopy, prepareCopy } from "../operations/copy/prepare-copy.ts";
import type { MakeReport } from "../operations/guest-jobs.ts";
import { clean } from "../render/clean.ts";
import { guestResultListing } from "../render/guest-results.ts";
import { describeWay, renderCopyPlan } from "../render/image-copy.ts";
import { jobProgress } from "../render/job-progress.ts";
import { renderJson } from "../render/json.ts";
import type { OutputOptions } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { clientName, showMade } from "./making.ts";
import { addListingOptions } from "./output-options.ts";

interface CopyFlags extends OutputOptions {
  readonly detach?: boolean;
  readonly dryRun?: boolean;
}

const help = `
Examples:
  mclu image copy debian-original ham2
  mclu image copy ham0/debian-original ham2 --dry-run

The node fetches the image from the one that has it, where its ssh may log in there; otherwise all goes through this
machine, and a copy that was cut off goes on where it was when the same is typed again within 15 minutes. Checksums are
compared before the copy gets its name.`;

/** `image copy`. */
export function addCopy(command: Command, context: Context): void {
  command
    .argument("<image>", "an image: mclu image list")
    .argument("<node>", "where it goes")
    .description("copy an image to another node")
    .option("--detach", "leave the job running and return; not for a copy through this machine")
    .option("--dry-run", "print the plan and do nothing")
    .addHelpText("after", help);
  addListingOptions(command, guestResultListing("image-copy", { results: [] })).action(
    async (image: string, node: string, flags: CopyFlags) => {
      context.finish(await run(context, image, node, flags));
    },
  );
}

function run(context: Context, image: string, node: string, flags: CopyFlags) {
  const { terminal, style, warnings, signal } = context;
  return context.withCluster(async (cluster) => {
    const prepared = await prepareCopy(cluster, { image, node, signal });
    const { plan } = prepared;
    terminal.err(renderSilence(plan.nodes, warnings));
    if (flags.dryRun) {
      terminal.out(flags.output === "json" ? renderJson("image-copy-plan", plan) : renderCopyPlan(plan, style));
      return exitCodes.done;
    }
    if (flags.detach && plan.direct === null)
      throw new UserError(`${describeWay(plan)}, so that it cannot be left alone`, {
        hint: "leave --detach out",
        exitCode: exitCodes.usage,
      });
    return showMade(context, "image-copy", await applyCopy(context, cluster, prepared, flags.detach), flags);
  });
}

/** Copies an image with its progress on stderr. */
export function applyCopy(
  context: Context,
  cluster: Cluster,
  prepared: PreparedCopy,
  detach?: boolean,
): Promise<MakeReport> {
  const { terminal, warnings, signal } = context;
  const { plan } = prepared;
  const word = plan.direct === null ? warnings.warn("warning:") : warnings.dim("note:");
  terminal.err(`${word} ${clean(describeWay(plan))}\n`);
  for (const note of plan.notes) terminal.err(`${warnings.dim("note:")} ${clean(note)}\n`);
  // a cancelled job has 10 s to end its processes, and then undoes what it made
  context.takeTime(60_000);
  const place = `${plan.node}/${plan.image.name}`;
  const progress = jobProgress(terminal, [place]);
  return copyImage(cluster, prepared, {
    client: clientName(),
    detach,
    signal,
    onEvent: (event) => progress.event(place, event),
  }).finally(() => progress.done());
}
