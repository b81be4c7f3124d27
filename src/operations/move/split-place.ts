import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import type { Node } from "../../node/node.ts";
import { parseGuestSelector } from "../guest-selector.ts";

/** The node and the name of NODE/GUEST. Throws UserError (exit 2) for a guest without its node. */
export function splitPlace(cluster: Cluster, text: string): { readonly node: Node; readonly name: string } {
  const { scope, name } = parseGuestSelector(
    text,
    cluster.nodes.map((node) => node.name),
  );
  if (scope === undefined || scope.startsWith("@"))
    throw new UserError(`which node it was moved from is not said: ${text}`, {
      hint: `NODE/${name}: the node whose mclu jobs list has the move`,
      exitCode: exitCodes.usage,
    });
  return { node: cluster.node(scope), name };
}
