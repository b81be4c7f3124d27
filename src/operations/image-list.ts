import type { Cluster } from "../cluster/cluster.ts";
import { domainXmlQuery } from "../libvirt/domain-query.ts";
import { parseDomain } from "../libvirt/domain-xml.ts";
import { type DomainState, isActive } from "../libvirt/domains.ts";
import { isImage } from "../libvirt/image-mark.ts";
import { UnexpectedOutput } from "../libvirt/query.ts";
import type { Node } from "../node/node.ts";
import { compareNames } from "./compare-names.ts";
import { rememberGuests } from "./last-seen.ts";
import type { NodeAnswer } from "./list.ts";
import { askOverview } from "./overview.ts";

export interface ImageRow {
  readonly name: string;
  readonly host: string;
  readonly uuid: string;
  readonly state: DomainState | null;
  /** Of its disks, as the guest sees them. */
  readonly disks: readonly string[];
  /** Whether it is an image by its name or its mark; false for other guests, which `all` lists too. */
  readonly image: boolean;
}

export interface ImageListReport {
  /** By name, then in configuration order: what `clone` can choose from stands together. */
  readonly images: readonly ImageRow[];
  readonly nodes: readonly NodeAnswer[];
}

export interface ImageListOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  /** Every guest that is shut off: `clone` takes them all. */
  readonly all?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** The images of every node that answers. */
export async function imageList(cluster: Cluster, options: ImageListOptions = {}): Promise<ImageListReport> {
  const { nodes: names = [], all = false, signal } = options;
  const nodes = cluster.select(names);
  const ask = { signal, patient: names.length > 0 };
  const read = async (node: Node) => {
    const overview = await askOverview(node, ask);
    const off = overview.domains.filter(({ state }) => state !== null && !isActive(state));
    const xml =
      off.length === 0
        ? new Map<string, string>()
        : await node.ask(
            domainXmlQuery(
              off.map(({ uuid }) => uuid),
              true,
            ),
            ask,
          );
    const rows = off.map(({ name, uuid, state }) => ({
      name,
      host: node.name,
      uuid,
      state,
      ...describe(name, xml.get(uuid)),
    }));
    return { overview, rows };
  };
  const outcomes = await cluster.ask(nodes, read, { signal });
  rememberGuests(
    cluster,
    outcomes.map((outcome) => (outcome.state === "on" ? { ...outcome, value: outcome.value.overview } : outcome)),
  );
  const rows = outcomes.flatMap((outcome) => (outcome.state === "on" ? outcome.value.rows : []));
  return {
    // a stable sort: what has one name stays in configuration order
    images: rows.filter(({ image }) => image || all).sort((a, b) => compareNames(a.name, b.name)),
    nodes: outcomes.map((outcome) => (outcome.state === "on" ? { node: outcome.node, state: "on" } : outcome)),
  };
}

/** One whose definition cannot be read is told by its name alone. */
function describe(name: string, xml: string | undefined): Pick<ImageRow, "image" | "disks"> {
  try {
    const { metadata, disks } = parseDomain(xml ?? "");
    return {
      image: isImage(name, metadata),
      disks: disks.flatMap(({ device, target }) => (device === "disk" ? [target] : [])),
    };
  } catch (error) {
    if (!(error instanceof UnexpectedOutput)) throw error;
    return { image: isImage(name, []), disks: [] };
  }
}
