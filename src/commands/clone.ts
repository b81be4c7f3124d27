import { type Command, Option } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes } from "../errors.ts";
import { clone } from "../operations/clone/clone.ts";
import { type DiskFormat, diskFormats } from "../operations/clone/clone-plan.ts";
import { nodesWithoutImage } from "../operations/clone/nodes-without-image.ts";
import { type CloneRequest, checkCloneFlags, prepareClone } from "../operations/clone/prepare-clone.ts";
import { commandsOfClone } from "../operations/clone/show-clone.ts";
import { prepareCopy } from "../operations/copy/prepare-copy.ts";
import { makeExitCode } from "../operations/guest-jobs.ts";
import type { NodeAnswer } from "../operations/list.ts";
import { renderClonePlan } from "../render/clone.ts";
import { guestResultListing } from "../render/guest-results.ts";
import { renderCopyPlan } from "../render/image-copy.ts";
import { renderJson } from "../render/json.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import { applyCopy } from "./image-copy.ts";
import { addMakingOptions, checkWait, clientName, type MakingFlags, showMade, showMaking } from "./making.ts";
import { addPlaceOption } from "./node-option.ts";
import { addListingOptions } from "./output-options.ts";
import { showCommands } from "./show-commands.ts";

interface CloneFlags extends MakingFlags {
  readonly node?: readonly string[];
  readonly linked?: boolean;
  readonly format?: DiskFormat;
  /** `yes`, `no`; true for the bare option, false for --no-start. */
  readonly start?: boolean | "yes" | "no";
  readonly asIs?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly showCommands?: boolean;
}

const help = `
Examples:
  mclu clone debian-original web1              on the best of the nodes that have the image
  mclu clone debian-original web1 --node ham1  which is given the image first, if it has none
  mclu clone debian-original test1 --linked    only what differs takes space
  mclu clone debian-original web1 --dry-run

Any guest that is shut off can be cloned. Its disks are copied, or with --linked become the base of overlays; what is
read-only or shareable stays shared. The clone has a name, network settings (DHCP), a machine id and SSH host keys of its
own; users' files stay as they are. Ctrl-C cancels, and leaves nothing behind; a clone whose client dies goes on.

--show-commands shows what makes the clones, and nothing of an image that a node is given first.`;

export function registerClone(program: Command, context: Context): void {
  const command = program
    .command("clone")
    .argument("<image>", "an image, or any guest that is shut off: mclu image list --all")
    .argument("<hostname...>", "HOSTNAME or NODE/HOSTNAME")
    .description("make guests out of an image, each with a name and keys of its own")
    .addHelpText("after", help);
  addCloneOptions(addPlaceOption(command)).action((image: string, names: string[], flags: CloneFlags) =>
    run(context, image, names, flags),
  );
}

interface MaglicaFlags extends CloneFlags {
  readonly image: string;
  readonly hostname: string;
  readonly on?: string;
}

/** `vm clone --image=IMAGE --hostname=HOSTNAME`, as Maglica has it. */
export function registerMaglicaClone(vm: Command, context: Context): void {
  const command = vm
    .command("clone")
    .description("make a guest out of an image; today's spelling is: mclu clone IMAGE HOSTNAME")
    .requiredOption("--image <image>", "an image, or any guest that is shut off")
    .requiredOption("--hostname <name>", "what the guest is called")
    .option("--on <node>", "the node; by default the best of those that have the image");
  addCloneOptions(command).action((flags: MaglicaFlags) =>
    run(context, flags.image, [flags.hostname], { ...flags, ...(flags.on !== undefined && { node: [flags.on] }) }),
  );
}

function addCloneOptions(command: Command): Command {
  command
    .option("--linked", "overlays of the image's disks instead of copies")
    .addOption(new Option("--format <format>", "of the disks; by default as the image's").choices(diskFormats))
    .addOption(new Option("--start [when]").choices(["yes", "no"]).hideHelp())
    .option("--no-start", "leave the guest shut off")
    .option("--as-is", "copy it with its source's name, keys and network settings")
    .option("--force", "go on while a node that failed may have a guest of the name")
    .option("--dry-run", "print the plan and do nothing")
    .option("--show-commands", "print what runs, and where, before it does");
  return addListingOptions(addMakingOptions(command), guestResultListing("clone", { results: [] }));
}

async function run(context: Context, image: string, names: readonly string[], flags: CloneFlags): Promise<void> {
  const { terminal, style, signal } = context;
  const start = flags.start !== false && flags.start !== "no";
  const { node: nodes, linked = false, format, asIs = false, force = false } = flags;
  checkWait(flags, start);
  checkCloneFlags({ linked, format });
  const code = await context.withCluster(async (cluster) => {
    const request = { image, guests: names, nodes, linked, format, start, identity: !asIs, force, signal };
    const saySilence = silenceSayer(context);
    const first = await copyFirst(context, cluster, request, flags, saySilence);
    if (first.ended !== undefined) return first.ended;
    const prepared = await prepareClone(cluster, { ...request, image: first.image });
    const { plan } = prepared;
    saySilence(plan.nodes);
    if (flags.showCommands) showCommands(context, commandsOfClone(cluster, plan));
    if (flags.dryRun) {
      terminal.out(flags.output === "json" ? renderJson("clone-plan", plan) : renderClonePlan(plan, style));
      return exitCodes.done;
    }
    return showMaking(cluster, context, "clone", plan.targets, flags, (how) =>
      clone(cluster, prepared, { client: clientName(), ...how }),
    );
  });
  context.finish(code);
}

/** Says what of the cluster is not known, and nothing where it says the same as before. */
function silenceSayer({ terminal, warnings }: Context): (nodes: readonly NodeAnswer[]) => void {
  let said = "";
  return (nodes) => {
    const text = renderSilence(nodes, warnings);
    if (text !== said) terminal.err(text);
    said = text;
  };
}

/**
 * Gives the image to nodes that clones are wanted on. `ended`: the exit code where the clone does not follow; `image`: what
 * it is known by on all of its nodes.
 */
async function copyFirst(
  context: Context,
  cluster: Cluster,
  request: CloneRequest,
  flags: CloneFlags,
  saySilence: (nodes: readonly NodeAnswer[]) => void,
): Promise<{ readonly ended?: ExitCode; readonly image: string }> {
  const { terminal, style, signal } = context;
  const missing = await nodesWithoutImage(cluster, request);
  let { image } = request;
  for (const node of missing) {
    const prepared = await prepareCopy(cluster, { image: request.image, node, signal });
    saySilence(prepared.plan.nodes);
    if (flags.dryRun) {
      const isJson = flags.output === "json";
      terminal.out(isJson ? renderJson("image-copy-plan", prepared.plan) : renderCopyPlan(prepared.plan, style));
      terminal.err("the plan of the clone can be made when the image is there\n");
      return { ended: exitCodes.done, image };
    }
    const report = await applyCopy(context, cluster, prepared);
    if (makeExitCode(report) !== exitCodes.done || signal.aborted)
      return { ended: showMade(context, "image-copy", report, flags), image };
    image = prepared.plan.image.name;
  }
  return { image };
}
