import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { Node } from "../node/node.ts";

/** Asks the one node that can answer. Throws UserError (exit 5) where it does not. */
export async function askOne<T>(
  cluster: Cluster,
  node: Node,
  question: (node: Node) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const [outcome] = await cluster.ask([node], question, { signal });
  if (outcome?.state === "on") return outcome.value;
  const failed = outcome?.state === "failed" ? outcome : undefined;
  const why = failed ? `${failed.reason}: ${failed.detail}` : (outcome?.detail ?? "it was not asked");
  throw new UserError(`${node.name} ${failed ? "failed" : "is off"}: ${why}`, {
    hint: failed?.hint ?? `mclu status ${node.name}`,
    exitCode: exitCodes.unreachable,
  });
}
