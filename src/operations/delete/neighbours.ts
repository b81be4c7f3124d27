import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeOutcome } from "../../cluster/fan-out.ts";
import {
  type Definitions,
  definitionsOfQuery,
  namesQuery,
  savedQuery,
  snapshotXmlQuery,
  withSnapshotsQuery,
} from "../../libvirt/definitions-query.ts";
import { type NamedFiles, readNamedFiles, withVolumePaths } from "../../libvirt/named-files.ts";
import { allPoolsQuery, poolsQuery } from "../../libvirt/pools-query.ts";
import { combine, UnexpectedOutput } from "../../libvirt/query.ts";
import { readSnapshotFiles } from "../../libvirt/snapshots.ts";
import type { Node } from "../../node/node.ts";
import { chosenVariables } from "../chosen-variables.ts";

/** A domain of the cluster, and every file that it names: as it is, as it will be, in its saved memory and in its snapshots. */
export interface Neighbour {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly definitions: Definitions;
  /** null: it could not be read, so that it may name any file. */
  readonly names: NamedFiles | null;
  /** The file of its UEFI variables, where libvirt chooses that and no definition names it. */
  readonly variables: string | null;
  /** Files of its external snapshots. */
  readonly snapshotFiles: readonly string[];
  /** What it had as its snapshots were made. */
  readonly inSnapshots: NamedFiles;
}

/** Reads every domain of every node that answers. */
export function readNeighbours(
  cluster: Cluster,
  signal: AbortSignal | undefined,
): Promise<NodeOutcome<readonly Neighbour[]>[]> {
  return cluster.ask(cluster.nodes, (node) => neighboursOf(node, signal), { signal });
}

/** Reads every domain of a node. Rejects with NodeError. */
export async function neighboursOf(node: Node, signal: AbortSignal | undefined): Promise<readonly Neighbour[]> {
  const ask = { signal, patient: true };
  const [domains, [saved, snapshotted]] = await node.ask(
    combine(namesQuery, combine(savedQuery, withSnapshotsQuery)),
    ask,
  );
  const uuids = domains.map(({ uuid }) => uuid);
  const definitions = await node.ask(definitionsOfQuery(uuids, saved), ask);
  const snapshots = definitions.flatMap((one, index) =>
    one.snapshots.map((name) => ({ uuid: uuids[index] ?? "", name })),
  );
  const xml = snapshots.length === 0 ? [] : await node.ask(snapshotXmlQuery(snapshots), ask);
  const all = domains.map(({ uuid, name }, index) => {
    const own = definitions[index] ?? { now: "", next: "", snapshots: [], checkpoints: [] };
    const ownSnapshots = xml.filter((_, place) => snapshots[place]?.uuid === uuid);
    // virsh goes on behind a command that failed: where libvirtd was started again meanwhile it says nothing of any
    const isUntold = own.snapshots.length === 0 && snapshotted.includes(uuid);
    return { uuid, name, own, ownSnapshots, named: isUntold ? null : readNames(own, ownSnapshots) };
  });
  const nameVolumes = all.some(({ named }) => named?.domain.volumes.length || named?.inSnapshots.volumes.length);
  const pools = nameVolumes ? await node.ask(poolsQuery(await node.ask(allPoolsQuery, ask)), ask) : [];
  return all.map(({ uuid, name, own, ownSnapshots, named: read }) => {
    const named = read && {
      domain: withVolumePaths(read.domain, pools),
      inSnapshots: withVolumePaths(read.inSnapshots, pools),
    };
    return {
      ...{ node: node.name, name, uuid, definitions: own },
      names: named && together([named.domain, named.inSnapshots]),
      variables: named && own.next !== "" ? chosenVariables({ node, name }, own.next) : null,
      snapshotFiles: named ? ownSnapshots.flatMap(readSnapshotFiles) : [],
      inSnapshots: named?.inSnapshots ?? { paths: [], volumes: [] },
    };
  });
}

function readNames({ now, next, saved }: Definitions, snapshots: readonly string[]) {
  try {
    return {
      domain: together(
        [now, next, ...(saved === undefined ? [] : [saved])].map((xml) => readNamedFiles(xml, "domain")),
      ),
      inSnapshots: together(snapshots.map((xml) => readNamedFiles(xml, "domainsnapshot"))),
    };
  } catch (error) {
    if (error instanceof UnexpectedOutput) return null;
    throw error;
  }
}

function together(all: readonly NamedFiles[]): NamedFiles {
  return { paths: all.flatMap(({ paths }) => paths), volumes: all.flatMap(({ volumes }) => volumes) };
}
