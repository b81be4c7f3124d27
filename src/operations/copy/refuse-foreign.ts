import { hasArguments, hasOwnLabels, reachingDevice } from "../../libvirt/taken-along.ts";
import { refused } from "../build-refusals.ts";
import type { Source } from "../clone/source.ts";
import { guestPlace } from "../guest-place.ts";
import { refuseTied } from "../tied.ts";

/**
 * Throws UserError (exit 6) for an image whose definition would open to a guest of another node what is that node's: it
 * comes from the source's node, and the other one has not agreed to it.
 */
export function refuseForeign({ guest, details, xml }: Pick<Source, "guest" | "details" | "xml">): void {
  const { node } = guest;
  const place = guestPlace(guest);
  refuseTied(guest, details, xml);
  const shared = details.disks.find((disk) => disk.shareable && !disk.readonly && disk.source !== null);
  if (shared)
    throw refused(`${shared.target} of ${place} is shared on ${node.name}: ${shared.source}`, `mclu info ${place}`);
  const device = details.disks.find(({ type }) => type === "nvme");
  if (device) throw refused(`${place} has devices of ${node.name}: ${device.source}`, `mclu info ${place}`);
  if (hasArguments(xml))
    throw refused(`${place} has arguments of its own for qemu on ${node.name}`, `mclu edit ${place}`);
  const reaching = reachingDevice(xml);
  if (reaching !== null)
    throw refused(`${place} has ${reaching}, which is ${node.name}'s`, `mclu edit ${place}, and take it out`);
  if (hasOwnLabels(xml))
    throw refused(
      `${place} says itself as whom its qemu runs on ${node.name}`,
      `mclu edit ${place}: take <seclabel> out`,
    );
}
