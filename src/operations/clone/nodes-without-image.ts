import type { Cluster } from "../../cluster/cluster.ts";
import { askOne } from "../ask-one.ts";
import type { Wish } from "../build-refusals.ts";
import { chooseNodes, wishesOf } from "../choose-nodes.ts";
import { findCandidates } from "../place.ts";
import { withGuest } from "../placement.ts";
import { demandOf, networkOf, refuseNames, withoutNetwork } from "./clone-demand.ts";
import { findImage } from "./find-image.ts";
import type { CloneRequest } from "./prepare-clone.ts";
import { lookAtSource, type Source } from "./source.ts";

/** What is known of a clone before its node has the image. */
type WantedClone = Pick<CloneRequest, "image" | "guests" | "nodes" | "force" | "signal"> &
  Partial<Pick<CloneRequest, "linked">>;

/**
 * Nodes that guests are wanted on and that have to be given the image first (`prepareCopy`): those of NODE/HOSTNAME, and of
 * --node the first where none of them has it. Throws UserError as `prepareClone` does, for names, memory and room, before an
 * image is copied for nothing.
 */
export async function nodesWithoutImage(
  cluster: Cluster,
  { image, guests, nodes = [], linked = false, force, signal }: WantedClone,
): Promise<readonly string[]> {
  const wishes = wishesOf(cluster, guests);
  if (nodes.length === 0 && wishes.every(({ node }) => node === undefined)) return [];
  const { holders } = await findImage(cluster, image, signal);
  const [first] = holders;
  const held = holders.map(({ node }) => node.name);
  const missing = missingNodes(cluster, held, wishes, nodes);
  if (!first || missing.length === 0) return [];
  const source = await askOne(cluster, first.node, () => lookAtSource(first, signal), signal);
  const network = networkOf(source);
  const found = await findCandidates(cluster, { network: network ?? undefined, patient: true, signal });
  refuseNames(cluster, wishes, found, force);
  const { candidates, ...more } = network === null ? withoutNetwork(found) : found;
  // what keeps one from answering the copy says
  if (missing.some((name) => candidates.every(({ node }) => node !== name))) return missing;
  const copy = { ...demandOf(source, linked), memory: 0, size: sizeOf(source) };
  const given = candidates.map((each) => (missing.includes(each.node) ? withGuest(each, copy) : each));
  const selected = cluster.select(nodes).map(({ name }) => name);
  const allowed = selected.filter((name) => held.includes(name) || missing.includes(name));
  chooseNodes(wishes, { ...more, candidates: given }, demandOf(source, linked), allowed);
  return missing;
}

/** Bytes that a copy takes on its node: it is as sparse as the image. */
function sizeOf({ disks }: Source): number {
  return disks.reduce((sum, { size, allocation }) => sum + Math.min(size, allocation ?? size), 0);
}

/** Those of the nodes that are wanted which have to be given the image. */
export function missingNodes(
  cluster: Cluster,
  held: readonly string[],
  wishes: readonly Wish[],
  nodes: readonly string[],
): readonly string[] {
  const wished = wishes.flatMap(({ node }) => (node === undefined || held.includes(node) ? [] : [node]));
  const allowed = cluster.select(nodes).map(({ name }) => name);
  const chooses = wishes.some(({ node }) => node === undefined) && !allowed.some((name) => held.includes(name));
  return [...new Set([...wished, ...(chooses ? allowed.slice(0, 1) : [])])];
}
