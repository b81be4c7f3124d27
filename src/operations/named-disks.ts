import { namesQuery, savedQuery, savedXmlQuery } from "../libvirt/definitions-query.ts";
import { domainXmlQuery } from "../libvirt/domain-query.ts";
import { parseDomain } from "../libvirt/domain-xml.ts";
import { isImage } from "../libvirt/image-mark.ts";
import { activePoolsQuery, type Pool, poolsQuery } from "../libvirt/pools-query.ts";
import { combine, understood } from "../libvirt/query.ts";
import type { AskOptions, Node } from "../node/node.ts";

/** A disk of a guest, where it is a file or a device of the node. */
export interface NamedDisk {
  readonly uuid: string;
  readonly name: string;
  /** The guest is an image, once it is shut off. */
  readonly isImage: boolean;
  readonly path: string;
  readonly format: string;
}

/**
 * Every disk that the guests of a node have by their definitions, or once they start from saved memory, and the node's active
 * pools. Rejects with NodeError.
 */
export async function namedDisksOf(
  node: Node,
  ask: AskOptions,
): Promise<{ readonly disks: readonly NamedDisk[]; readonly pools: readonly Pool[] }> {
  const [poolIds, [domains, saved]] = await node.ask(combine(activePoolsQuery, combine(namesQuery, savedQuery)), ask);
  const uuids = domains.map(({ uuid }) => uuid);
  const definitions = combine(domainXmlQuery(uuids, true), savedXmlQuery(saved));
  const [pools, [next, memory]] = await node.ask(combine(poolsQuery(poolIds), definitions), ask);
  const disks = domains.flatMap(({ uuid, name }) =>
    [next, memory].flatMap((xml) => disksOf({ uuid, name }, xml.get(uuid) ?? "", pools)),
  );
  return { disks, pools };
}

function disksOf(guest: Pick<NamedDisk, "uuid" | "name">, xml: string, pools: readonly Pool[]): NamedDisk[] {
  const details = understood(() => parseDomain(xml));
  if (details === null) return [];
  const common = { ...guest, isImage: isImage(guest.name, details.metadata) };
  return details.disks.flatMap(({ device, source, volume, format, type }) => {
    const pool = pools.find(({ name }) => name === volume?.pool);
    const path = volume
      ? pool?.directory && `${pool.directory}/${volume.name}`
      : type === "file" || type === "block"
        ? source
        : null;
    return device === "disk" && path?.startsWith("/") ? [{ ...common, path, format: format ?? "raw" }] : [];
  });
}
