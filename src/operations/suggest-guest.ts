import type { Cluster } from "../cluster/cluster.ts";
import { onlyClosest } from "../suggest.ts";
import type { FoundGuest } from "./find-guest.ts";
import { recallGuests } from "./last-seen.ts";
import type { NodeAnswer } from "./list.ts";

interface Place {
  readonly node: string;
  readonly name: string;
}

/**
 * What to type where no guest has a name: where it was when its node last answered, or the one guest that is called nearly
 * so. Undefined where nobody knows of any.
 */
export function suggestGuest(
  cluster: Cluster,
  name: string,
  everywhere: readonly FoundGuest[],
  answers: readonly NodeAnswer[],
): string | undefined {
  const here = everywhere.map((guest): Place => ({ node: guest.node.name, name: guest.name }));
  const remembered = recallGuests(cluster)
    .filter(({ node }) => cluster.nodes.some((configured) => configured.name === node))
    .flatMap(({ node, guests }) => guests.map((guest): Place => ({ node, name: guest.name })));
  const isOff = (node: string) => answers.some((answer) => answer.node === node && answer.state === "off");
  const away = remembered.find((place) => place.name === name && isOff(place.node));
  if (away) return `it was on ${away.node} when that last answered: mclu on ${away.node}`;
  const places = [...here, ...remembered];
  const isSame = (place: Place) => place.name.toLowerCase() === name.toLowerCase();
  const near = onlyClosest(
    name,
    places.map((place) => place.name),
  );
  const meant = places.find(isSame) ?? places.find((place) => place.name === near);
  return meant && `did you mean ${meant.node}/${meant.name}?`;
}
