import type { GuestLook } from "../../libvirt/guest-look.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { Obstacle } from "./move-plan.ts";
import { sharingOf } from "./shared-files.ts";
import { isOwn } from "./target-files.ts";

/**
 * Disks that a running guest gets with its next start. libvirt copies what it has now, and takes the definition along as it
 * is: there, it would name a file that stayed behind, or one that is another guest's. Rejects with NodeError.
 */
export async function disksLeftBehind(
  guest: FoundGuest,
  { details, next }: GuestLook,
  target: Node,
  signal: AbortSignal | undefined,
): Promise<readonly Obstacle[]> {
  const isNew = (source: string) => !details.disks.some((disk) => disk.source === source);
  const added = next.disks.filter(isOwn).flatMap(({ target: name, source }) => {
    return source !== null && isNew(source) ? [{ name, source }] : [];
  });
  const sharing = await Promise.all(
    added.map(({ source }) => (source.startsWith("/") ? sharingOf(guest.node, target, source, signal) : undefined)),
  );
  const place = guestPlace(guest);
  return added
    .filter((_, index) => sharing[index]?.kind !== "shared")
    .map(({ name, source }) => ({
      why: `the disk ${name}, which the guest gets with its next start, would stay behind: ${source}`,
      fix: `mclu stop ${place}, and move it while it is off; or mclu disk remove ${place} ${quote(name)}`,
    }));
}
