import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes } from "../errors.ts";
import type { BuildHost } from "../libvirt/build-host.ts";
import type { DomainCapabilities } from "../libvirt/domain-capabilities.ts";
import { quote } from "../node/shell.ts";
import { formatExactSize } from "../size.ts";
import { leastDisk, leastMemory } from "../template/head-keys.ts";
import type { Recipe } from "../template/recipe.ts";
import type { Network } from "../values.ts";
import type { BuildPlan, BuildTarget } from "./build-plan.ts";
import { refused, refuseSeen, refuseSilent, refuseTaken, requireLogin } from "./build-refusals.ts";
import { chooseNodes, wishesOf } from "./choose-nodes.ts";
import { variablesFile } from "./chosen-variables.ts";
import type { LoadedTemplate } from "./load-template.ts";
import { type KeySources, loginKeys } from "./login-keys.ts";
import { lookAtBuilder } from "./look-at-host.ts";
import { findCandidates } from "./place.ts";
import type { Candidate, Demand } from "./placement.ts";

export interface BuildRequest {
  readonly template: LoadedTemplate;
  /** `HOSTNAME` or `NODE/HOSTNAME`. */
  readonly guests: readonly string[];
  /** Nodes and @groups to choose from; none: all. */
  readonly nodes?: readonly string[] | undefined;
  /** Instead of the template's; sizes in bytes. */
  readonly memory?: number | undefined;
  readonly vcpus?: number | undefined;
  readonly size?: number | undefined;
  readonly network?: Network | undefined;
  readonly start: boolean;
  /** Build without a way to log in. */
  readonly noLogin: boolean;
  /** Go on while a node that failed may have a guest of the name. */
  readonly force: boolean;
  readonly keys: KeySources;
  readonly signal?: AbortSignal | undefined;
}

/** A plan, and what applying it needs besides; passwords are in the recipe. */
export interface PreparedBuild {
  readonly plan: BuildPlan;
  readonly recipe: Recipe;
  /** By target, in the plan's order. */
  readonly hosts: readonly {
    readonly host: BuildHost;
    readonly capabilities: DomainCapabilities;
    readonly directory: string;
  }[];
}

/**
 * Chooses a node for each guest and looks whether it can be built there; changes nothing. Throws UserError: exit 2 for
 * names, 4 for nodes that there are not, 5 where no node answers, 6 for whatever stands against it.
 */
export async function prepareBuild(cluster: Cluster, request: BuildRequest): Promise<PreparedBuild> {
  const { recipe, files } = request.template;
  const wishes = wishesOf(cluster, request.guests);
  const demand = demandOf(request, recipe);
  const network = request.network ?? recipe.network ?? undefined;
  const found = await findCandidates(cluster, {
    network,
    pool: recipe.pool ?? undefined,
    patient: true,
    signal: request.signal,
  });
  refuseTaken(wishes, found);
  if (!request.force) {
    refuseSilent(wishes, found.nodes);
    refuseSeen(cluster, wishes, found.nodes);
  }
  const chosen = chooseNodes(
    wishes,
    found,
    demand,
    cluster.select(request.nodes ?? []).map(({ name }) => name),
  );
  const prepared = chosen.map(async ({ name, candidate, fits }) => {
    const keys = await loginKeys(cluster.node(candidate.node).settings.sshKey, request.keys);
    if (keys.length === 0) requireLogin(recipe, request.noLogin);
    const place = placeOf(candidate, name);
    const variables = demand.firmware === "uefi" ? variablesFile(cluster.node(candidate.node), name) : null;
    // libvirt would give the guest the variables of another one that had its name
    const files = [place.disk, ...(variables === null ? [] : [variables])];
    const where = { directory: place.directory, files };
    const host = await lookAtBuilder(cluster, candidate.node, where, recipe, request.signal);
    const target = { ...targetOf(name, candidate, request, demand), disk: place.disk, keys, fits };
    return { target, host, capabilities: place.capabilities, directory: place.directory };
  });
  const targets = await Promise.all(prepared);
  return {
    plan: {
      template: { name: recipe.name, file: recipe.file },
      steps: recipe.steps.map(({ name, shown }) => (shown === null ? name : `${name} ${shown}`)),
      files,
      targets: targets.map(({ target }) => target),
      nodes: found.nodes,
    },
    recipe,
    hosts: targets,
  };
}

function demandOf(request: BuildRequest, recipe: Recipe): Demand {
  const { memory = recipe.memory, vcpus = recipe.vcpus } = request;
  // qemu-img counts in sectors: 1.3G is none of them
  const size = Math.ceil((request.size ?? recipe.size ?? 0) / 512) * 512;
  const wrong = (why: string) => refused(why, `mclu template show ${quote(recipe.name)}`, exitCodes.usage);
  if (memory < leastMemory)
    throw wrong(`${formatExactSize(memory)} of memory is too little: ${formatExactSize(leastMemory)} at least`);
  if (recipe.size !== null && size < recipe.size)
    throw wrong(
      `a disk of ${formatExactSize(size)} is smaller than the template's, which needs ${formatExactSize(recipe.size)}`,
    );
  if (request.size !== undefined && size < leastDisk)
    throw wrong(`a disk of ${formatExactSize(size)} is too little: ${formatExactSize(leastDisk)} at least`);
  return { memory, vcpus, size, firmware: recipe.firmware, graphics: recipe.graphics };
}

/** `judge` has made sure of all this. */
function placeOf({ facts }: Candidate, name: string) {
  const directory = facts.pool?.path;
  if (!facts.capabilities || !directory) throw new Error("a node without a pool or capabilities does not fit");
  return { capabilities: facts.capabilities, directory, disk: `${directory}/${name}.qcow2` };
}

function targetOf(
  name: string,
  { node, pool, network, facts }: Candidate,
  { start }: BuildRequest,
  demand: Demand,
): Omit<BuildTarget, "disk" | "keys" | "fits"> {
  const emulated = facts.capabilities?.type !== "kvm";
  return {
    node,
    name,
    memory: demand.memory,
    vcpus: demand.vcpus,
    size: demand.size === 0 ? null : demand.size,
    network,
    pool,
    format: "qcow2",
    firmware: demand.firmware,
    graphics: demand.graphics,
    start,
    notes: emulated ? [`${node} has no KVM: building and running the guest will be many times slower`] : [],
  };
}
