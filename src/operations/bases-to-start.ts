import { posix } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { baseHintQuery, type FileHint, type FilePlace } from "../libvirt/base-hint.ts";
import { parseDomain } from "../libvirt/domain-xml.ts";
import { activePoolsQuery, poolsQuery } from "../libvirt/pools-query.ts";
import { understood } from "../libvirt/query.ts";
import { NodeError } from "../node/failure.ts";
import type { AskOptions, Node } from "../node/node.ts";
import { askOfGuests } from "./ask-of-guests.ts";
import { askPools } from "./ask-pools.ts";
import { baseMark } from "./base-mark.ts";
import type { FoundGuest } from "./find-guest.ts";
import type { NextDefinitions } from "./next-definitions.ts";

/** Why it may be that others are based on a guest's disks: the mark of `clone --linked`, or the name of its disk in an image. */
type BaseHint = "marked" | "named" | null;

/**
 * Which of the guests others may be based on: two quick questions to each node, where reading every image of a node would
 * take seconds; of one that is marked its definition says enough. libvirt is asked about the volumes beside a disk that the
 * login cannot see. Null for a guest whose node does not show its definition: whoever starts it finds that out.
 */
export async function basesToStart(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  definitions: NextDefinitions,
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => BaseHint> {
  const found = await askOfGuests(
    cluster,
    guests,
    async (node, own) =>
      (await hintsOf(node, own, definitions, signal)).map((hint): { readonly hint: BaseHint } => ({ hint })),
    signal,
  );
  return (guest) => {
    const answer = found(guest);
    return "verdict" in answer ? null : answer.hint;
  };
}

async function hintsOf(
  node: Node,
  guests: readonly FoundGuest[],
  definitions: NextDefinitions,
  signal: AbortSignal | undefined,
): Promise<readonly BaseHint[]> {
  const xml = await definitions(node, guests);
  const ask = { signal, patient: true };
  const found = guests.map(({ uuid }) => {
    const text = xml.get(uuid) ?? "";
    return { files: writtenFiles(text), marked: text.includes(baseMark.namespace) };
  });
  const files = found.flatMap(({ files, marked }) => (marked ? [] : files));
  const likely = new Set(files.length === 0 ? [] : await likelyBases(node, files, ask));
  return found.map(({ files, marked }) => {
    if (marked) return "marked";
    return files.some((file) => likely.has(file)) ? "named" : null;
  });
}

/** Those of the files that something may be based on; all where the node does not come to say it: reading all images may. */
async function likelyBases(node: Node, files: readonly FilePlace[], ask: AskOptions): Promise<readonly FilePlace[]> {
  try {
    const hints = await node.ask(baseHintQuery(files), ask);
    const having = (hint: FileHint) => files.filter((_, index) => hints[index] === hint);
    const closed = having("closed");
    return [...having("likely"), ...(closed.length > 0 ? await namedAsBacking(node, closed, ask) : [])];
  } catch (error) {
    if (!(error instanceof NodeError)) throw error;
    return files;
  }
}

/** Those of the files by whose name a volume beside them calls what it is backed by, as far as libvirt tells. */
async function namedAsBacking(node: Node, files: readonly FilePlace[], ask: AskOptions): Promise<readonly FilePlace[]> {
  const pools = await node.ask(poolsQuery(await node.ask(activePoolsQuery, ask)), ask);
  const closed = [...new Set(files.map(({ directory }) => directory))];
  const { images } = await askPools(node, { closed, unread: [] }, pools, { ...ask, raw: [] });
  return files.filter(({ name }) => images.some(({ backing }) => backing?.includes(name)));
}

/** The files that a guest writes to when it runs. */
function writtenFiles(xml: string): readonly FilePlace[] {
  const disks = understood(() => parseDomain(xml).disks) ?? [];
  return disks.flatMap(({ device, type, source, readonly }) =>
    device === "disk" && type === "file" && !readonly && source?.startsWith("/")
      ? [{ directory: posix.dirname(source), name: posix.basename(source) }]
      : [],
  );
}
