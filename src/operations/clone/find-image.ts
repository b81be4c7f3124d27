import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { type FoundGuest, findGuests } from "../find-guest.ts";
import { findOneGuest } from "../find-one-guest.ts";
import { placeOf } from "../guest-place.ts";
import { imageList } from "../image-list.ts";
import type { NodeAnswer } from "../list.ts";

/** An image, on every node that has it. */
export interface FoundImage {
  /** In configuration order; at least one. */
  readonly holders: readonly FoundGuest[];
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Finds what is to be cloned. An image may be on several nodes under one name; of other guests a name is one guest's.
 * Throws UserError as `findOneGuest` does.
 */
export async function findImage(cluster: Cluster, selector: string, signal?: AbortSignal): Promise<FoundImage> {
  if (selector.includes("/")) {
    const { guest, nodes } = await findOneGuest(cluster, selector, { signal });
    return { holders: [guest], nodes };
  }
  const { guests, nodes } = await findGuests(cluster, "all", { signal });
  const named = guests.filter(({ name }) => name === selector);
  if (named.length > 1) return { holders: await onlyImages(cluster, selector, named, signal), nodes };
  if (named.length === 1) return { holders: named, nodes };
  const { guest } = await findOneGuest(cluster, selector, { signal });
  return { holders: [guest], nodes };
}

/** Two guests of one name are the same image only where both are images. */
async function onlyImages(
  cluster: Cluster,
  selector: string,
  named: readonly FoundGuest[],
  signal: AbortSignal | undefined,
): Promise<readonly FoundGuest[]> {
  const { images } = await imageList(cluster, { nodes: named.map(({ node }) => node.name), signal });
  const holders = named.filter(({ node, uuid }) => images.some((row) => row.host === node.name && row.uuid === uuid));
  if (holders.length > 0) return holders;
  const places = named.map(({ node, name }) => placeOf({ node: node.name, name }));
  throw new UserError(`${selector} is on ${named.length} nodes, and none of them is an image: ${places.join(", ")}`, {
    hint: `name one of them: ${places[0]}`,
    exitCode: exitCodes.notFound,
  });
}
