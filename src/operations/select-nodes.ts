import type { Cluster } from "../cluster/cluster.ts";
import { UserError } from "../errors.ts";
import type { Node } from "../node/node.ts";
import { quote } from "../node/shell.ts";

/** The nodes that were named. Where one is none it may be a guest that was meant: the error says what shows guests. */
export function selectNodes(cluster: Cluster, names: readonly string[]): readonly Node[] {
  try {
    return cluster.select(names);
  } catch (error) {
    const other = names.find((name) => !name.startsWith("@") && !cluster.nodes.some((node) => node.name === name));
    if (!(error instanceof UserError) || other === undefined) throw error;
    const { message, hint, exitCode } = error;
    throw new UserError(message, { hint: `${hint}\na guest: mclu info ${quote(other)}`, exitCode, cause: error });
  }
}
