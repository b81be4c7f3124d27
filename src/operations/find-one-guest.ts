import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { type FindOptions, type FoundGuest, findGuests } from "./find-guest.ts";
import type { NodeAnswer } from "./list.ts";

/** Finds the one guest that is meant. Throws UserError as `findGuests` does, and exit 4 where a glob matches several. */
export async function findOneGuest(
  cluster: Cluster,
  selector: string,
  options: FindOptions = {},
): Promise<{ readonly guest: FoundGuest; readonly nodes: readonly NodeAnswer[] }> {
  const { guests, nodes } = await findGuests(cluster, [selector], options);
  const [guest, ...more] = guests;
  if (!guest) throw new Error("findGuests finds a guest or throws");
  if (more.length === 0) return { guest, nodes };
  const names = guests.map(({ node, name }) => `${node.name}/${name}`);
  throw new UserError(`${selector} matches ${guests.length} guests and one is wanted: ${names.join(", ")}`, {
    hint: `name one of them: ${names[0]}`,
    exitCode: exitCodes.notFound,
  });
}
