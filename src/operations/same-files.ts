import { sumSeconds, sumsQuery } from "../libvirt/sums-query.ts";
import type { Node } from "../node/node.ts";

/** A file of one node, and what may be the same on another. */
export interface FilePair {
  readonly here: string;
  readonly there: string;
}

/** What the other node has there, by its SHA-256. */
export type Likeness = "same" | "absent" | "different";

/** Compares files of two nodes by their content; in the order of the pairs. Rejects with NodeError. */
export async function compareFiles(
  source: Node,
  target: Node,
  pairs: readonly FilePair[],
  signal: AbortSignal | undefined,
): Promise<readonly Likeness[]> {
  if (pairs.length === 0) return [];
  const ask = { signal, patient: true, seconds: sumSeconds + 10 };
  const [here, there] = await Promise.all([
    source.ask(sumsQuery(pairs.map((pair) => pair.here)), ask),
    target.ask(sumsQuery(pairs.map((pair) => pair.there)), ask),
  ]);
  return here.map((sum, index) => {
    const other = there[index] ?? null;
    if (other === null) return "absent";
    return other === sum ? "same" : "different";
  });
}
