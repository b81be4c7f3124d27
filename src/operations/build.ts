import type { Cluster } from "../cluster/cluster.ts";
import { domainDefinition } from "../libvirt/domain-definition.ts";
import { osIdOf } from "../libvirt/os-id.ts";
import { randomMac } from "../libvirt/random-mac.ts";
import type { Node } from "../node/node.ts";
import { buildJobSpec } from "./build-job.ts";
import type { BuildTarget } from "./build-plan.ts";
import { type JobIds, type MakeOptions, type MakeReport, makeGuests } from "./guest-jobs.ts";
import type { PreparedBuild } from "./prepare-build.ts";

export interface BuildOptions extends MakeOptions<BuildTarget> {
  /** USER@HOST, for the guest's metadata and for whoever lists jobs. */
  readonly client: string;
}

/** Builds what was prepared, as `makeGuests` does. */
export function build(cluster: Cluster, prepared: PreparedBuild, options: BuildOptions): Promise<MakeReport> {
  return makeGuests(
    cluster,
    prepared.plan.targets,
    {
      verb: "build",
      words: { done: "built", doing: "building" },
      specOf: (node, target, ids) => specOf(node, target, prepared, { ...ids, client: options.client }),
    },
    options,
  );
}

function specOf(
  node: Node,
  target: BuildTarget,
  { plan, recipe, hosts }: PreparedBuild,
  { id, uuid, key, client }: JobIds & { readonly client: string },
) {
  const place = hosts[plan.targets.indexOf(target)];
  if (!place) throw new Error("no such target");
  const { name, memory, vcpus, disk, format, network, firmware, graphics, size, start, keys } = target;
  const definition = domainDefinition(
    {
      name,
      uuid,
      memory,
      vcpus,
      disk: { path: disk, format },
      mac: randomMac(),
      network,
      firmware,
      graphics,
      os: recipe.os === null ? undefined : osIdOf(recipe.os),
      built: { source: { kind: "template", name: recipe.name }, builder: client, date: new Date().toISOString() },
    },
    place.capabilities,
  );
  const { home, isRoot } = place.host;
  const pool = { name: target.pool, directory: place.directory };
  const { uri } = node.settings;
  return buildJobSpec({
    ...{ id, name, uuid, recipe, keys, uri, pool, disk, format, size, definition, start, home, isRoot, client },
    reservation: key,
  });
}
