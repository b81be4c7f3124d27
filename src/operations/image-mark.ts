import type { Cluster } from "../cluster/cluster.ts";
import { isActive } from "../libvirt/domains.ts";
import type { GuestLook } from "../libvirt/guest-look.ts";
import { imageNamespace, isMarkedImage, isNamedImage } from "../libvirt/image-mark.ts";
import { chooseGuests, type GuestChoice } from "./choose-guests.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { isLook, lookAtGuests } from "./look-at-guests.ts";
import { markAction } from "./metadata-mark.ts";
import { change, type Decision, makePlan, type Plan, refusal } from "./plan.ts";

/** What `image mark` or `image unmark` will do. Throws UserError as `chooseGuests` does. */
export async function planImageMark(
  cluster: Cluster,
  verb: "mark" | "unmark",
  choice: GuestChoice,
  { signal }: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Plan> {
  const found = await chooseGuests(cluster, choice, { signal });
  const look = await lookAtGuests(cluster, found.guests, signal);
  return makePlan({ verb: `image ${verb}`, asks: false }, found, (guest) => {
    const seen = look(guest);
    return isLook(seen) ? decide(verb, guest, seen) : seen;
  });
}

/** For `virsh metadata --set`, and what a definition has between `<metadata>` and its end. */
export const imageMark = { namespace: imageNamespace, key: "mclu-image", element: "<image/>" };

function decide(verb: "mark" | "unmark", guest: FoundGuest, look: GuestLook): Decision {
  const { name, state } = guest;
  const wanted = verb === "mark";
  const marked = isMarkedImage([...look.details.metadata, ...look.next.metadata]);
  if (marked === wanted && wanted) return { verdict: "already", why: "already marked" };
  if (!wanted && isNamedImage(name))
    return refusal("its name ends in original, which makes an image of it", `mclu rename ${guestPlace(guest)} NEWNAME`);
  if (marked === wanted) return { verdict: "already", why: "not marked" };
  if (wanted && !look.persistent) return refusal("it is transient: it is gone when it is off", null);
  const runs = wanted && (state === null || isActive(state));
  const done = wanted ? "marked" : "no longer marked";
  return {
    ...change({ will: verb, done }, [markAction(guest, look, imageMark, wanted)]),
    notes: runs ? ["it counts as an image once it is shut off"] : [],
  };
}
