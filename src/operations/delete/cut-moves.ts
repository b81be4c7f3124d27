import type { Cluster } from "../../cluster/cluster.ts";
import { jobQuery, listJobs } from "../../node/jobs/read.ts";
import { readShell } from "../../node/jobs/read-shell.ts";
import { quote } from "../../node/shell.ts";
import { placeOf } from "../guest-place.ts";

/** A move that did not come to its end, and that nobody has repaired. */
export interface CutMove {
  /** Of the guest. */
  readonly uuid: string;
  /** As the guest was called then. */
  readonly name: string;
  readonly from: string;
  readonly to: string;
}

/**
 * Moves of these guests that were cut off, as the nodes that answer have them: what they made on the target, and which files
 * of the source are needed no more, nobody can tell any longer once their guest is gone.
 * @param uuids of the guests: one that was made since may have the name
 */
export async function readCutMoves(
  cluster: Cluster,
  uuids: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly CutMove[]> {
  const outcomes = await cluster.ask(
    cluster.nodes,
    async (node): Promise<readonly CutMove[]> => {
      const pairs = (await node.ask(leftQuery, { signal })).split("\n").map((line) => line.split(" "));
      const left = new Map(
        pairs.flatMap(([id = "", uuid = ""]) => (uuids.includes(uuid) ? [[id, uuid] as const] : [])),
      );
      if (left.size === 0) return [];
      return (await listJobs(node, { signal })).flatMap(({ id, state, guest: name, template: to }) => {
        const uuid = state === "running" || state === "waiting" ? undefined : left.get(id);
        return uuid === undefined || name === null || to === null ? [] : [{ uuid, name, from: node.name, to }];
      });
    },
    { signal },
  );
  return outcomes.flatMap((outcome) => (outcome.state === "on" ? outcome.value : []));
}

/** What repairs it. */
export function repairOf({ name, from, to }: CutMove): string {
  return `mclu migrate --cleanup ${placeOf({ node: from, name })} ${quote(to)}`;
}

/** Lines of `ID UUID`: moves of which something is left that their repair decides about, or removes. */
const leftQuery = jobQuery(`${readShell}mclu_open jobs look || exit 0
for job in "$mclu_dir"/*; do
[ ! -e "$job/committed" ] || continue
[ -e "$job/committing" ] || [ -s "$job/volumes" ] || [ -s "$job/firmware" ] || continue
mclu_mine "$job/rollback" || continue
sed -n "s/^guest=\\([0-9a-f-]*\\)$/\${job##*/} \\1/p" "$job/rollback"
done`);
