import { posix } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { baseHintQuery } from "../libvirt/base-hint.ts";
import { parseDomain } from "../libvirt/domain-xml.ts";
import { understood } from "../libvirt/query.ts";
import type { Node } from "../node/node.ts";
import { askOfGuests } from "./ask-of-guests.ts";
import { baseMark } from "./base-mark.ts";
import type { FoundGuest } from "./find-guest.ts";
import type { NextDefinitions } from "./next-definitions.ts";

/** Why it may be that others are based on a guest's disks: the mark of `clone --linked`, or the name of its disk in an image. */
type BaseHint = "marked" | "named" | null;

/**
 * Which of the guests others may be based on: two quick questions to each node, where reading every image of a node would
 * take seconds. Null for a guest whose node does not answer: whoever starts it finds that out.
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
  const uuids = guests.map(({ uuid }) => uuid);
  const files = uuids.map((uuid) => writtenFiles(xml.get(uuid) ?? ""));
  const hints = await node.ask(baseHintQuery(files.flat()), { signal, patient: true });
  let at = 0;
  return uuids.map((uuid, index) => {
    const named = (files[index] ?? []).map(() => hints[at++]).includes(true);
    if (xml.get(uuid)?.includes(baseMark.namespace)) return "marked";
    return named ? "named" : null;
  });
}

/** The files that a guest writes to when it runs. */
function writtenFiles(xml: string) {
  const disks = understood(() => parseDomain(xml).disks) ?? [];
  return disks.flatMap(({ device, type, source, readonly }) =>
    device === "disk" && type === "file" && !readonly && source?.startsWith("/")
      ? [{ directory: posix.dirname(source), name: posix.basename(source) }]
      : [],
  );
}
