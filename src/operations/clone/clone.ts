import type { Cluster } from "../../cluster/cluster.ts";
import { type MakeOptions, type MakeReport, makeGuests } from "../guest-jobs.ts";
import { cloneJobSpec } from "./clone-job.ts";
import type { CloneTarget } from "./clone-plan.ts";
import type { PreparedClone } from "./prepare-clone.ts";

export interface CloneOptions extends MakeOptions<CloneTarget> {
  /** USER@HOST, for the guest's metadata and for whoever lists jobs. */
  readonly client: string;
}

/** Clones what was prepared, as `makeGuests` does. */
export function clone(cluster: Cluster, { plan, places }: PreparedClone, options: CloneOptions): Promise<MakeReport> {
  const { client } = options;
  return makeGuests(
    cluster,
    plan.targets,
    {
      verb: "clone",
      words: { done: "cloned", doing: "cloning" },
      async specOf(node, target, { id, uuid, key }) {
        const place = places[plan.targets.indexOf(target)];
        if (!place) throw new Error("no such target");
        const { name, image, start } = target;
        const { home, isRoot } = place.host;
        return cloneJobSpec({
          ...{ id, name, uuid, uri: node.settings.uri, start, home, isRoot, client, target },
          pool: { name: target.pool, directory: place.directory },
          reservation: key,
          source: place.source,
          built: { source: { kind: "image", name: image.name }, builder: client, date: new Date().toISOString() },
        });
      },
    },
    options,
  );
}
