import type { Cluster } from "../../cluster/cluster.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import { stampsQuery } from "../../libvirt/stamps-query.ts";
import type { Node } from "../../node/node.ts";
import { askOne } from "../ask-one.ts";
import { refused } from "../build-refusals.ts";
import { compareFiles, type FilePair } from "../same-files.ts";
import type { PreparedMove } from "./prepare-move.ts";

/** Two files of the same content, and what was seen of each before that was read. */
export interface SamePair extends FilePair {
  readonly stamps: { readonly here: string; readonly there: string };
}

/** Those whose content is the same; what is not there, or of another size, is not read for it. Rejects with NodeError. */
export async function onesThatAreSame(
  source: Node,
  target: Node,
  pairs: readonly FilePair[],
  signal: AbortSignal | undefined,
): Promise<readonly SamePair[]> {
  const ask = { signal, patient: true };
  const [here, there] = await Promise.all([
    source.ask(filesQuery(pairs.map((pair) => pair.here)), ask),
    target.ask(filesQuery(pairs.map((pair) => pair.there)), ask),
  ]);
  const likely = pairs.filter((_, index) => there[index] && there[index].size === here[index]?.size);
  const stamps = await stampsOf(source, target, likely, signal);
  const found = await compareFiles(source, target, likely, signal);
  return likely.flatMap((pair, index): SamePair[] => {
    const seen = stamps[index];
    return seen && found[index] === "same" ? [{ ...pair, stamps: seen }] : [];
  });
}

/**
 * Looks once more, right before a linked clone is moved onto its base there. Throws UserError: exit 6 where a file was written
 * since the two were compared, 5 where a node does not answer.
 */
export async function refuseChangedBases(
  cluster: Cluster,
  { plan, same }: Pick<PreparedMove, "plan" | "same">,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (same.length === 0) return;
  const [source, target] = [cluster.node(plan.guest.node), cluster.node(plan.node)];
  const now = await askOne(cluster, target, () => stampsOf(source, target, same, signal), signal);
  for (const [index, { here, there, stamps }] of same.entries()) {
    const changed = [
      ...(now[index]?.here === stamps.here ? [] : [`${source.name}:${here}`]),
      ...(now[index]?.there === stamps.there ? [] : [`${target.name}:${there}`]),
    ];
    if (changed.length > 0)
      throw refused(
        `${changed.join(" and ")} changed since the two were compared, and the guest would be based on it; nothing was done`,
        "type it again: they are compared anew",
      );
  }
}

async function stampsOf(
  source: Node,
  target: Node,
  pairs: readonly FilePair[],
  signal: AbortSignal | undefined,
): Promise<readonly SamePair["stamps"][]> {
  if (pairs.length === 0) return [];
  const ask = { signal, patient: true };
  const [here, there] = await Promise.all([
    source.ask(stampsQuery(pairs.map((pair) => pair.here)), ask),
    target.ask(stampsQuery(pairs.map((pair) => pair.there)), ask),
  ]);
  return pairs.map((_, index) => ({ here: here[index] ?? "none", there: there[index] ?? "none" }));
}
