import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { MoveRequest } from "./prepare-move.ts";

/** The node that a guest is to go to. Throws UserError (exit 4) where there is none, also for one that stands in the guest's place. */
export function namedTarget(cluster: Cluster, { guest, node }: MoveRequest): Node {
  const isNode = (word: string) => cluster.nodes.some(({ name }) => name === word);
  if (isNode(node) || !isNode(guest)) return cluster.node(node);
  throw new UserError(`no node named ${node}, and ${guest} is one`, {
    hint: `the guest comes first: mclu migrate ${quote(node)} ${guest}`,
    exitCode: exitCodes.notFound,
  });
}
