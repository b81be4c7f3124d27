import type { DomainDetails } from "../libvirt/domain-details.ts";
import { hasNodeTpm } from "../libvirt/taken-along.ts";
import { refused } from "./build-refusals.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";

/**
 * Throws UserError (exit 6) for what a definition names of its node: on another node that is another thing, which nobody
 * there has given to this guest.
 * @param xml the definition, as it is and as it will be
 */
export function refuseTied(guest: FoundGuest, details: DomainDetails, ...xml: readonly string[]): void {
  const { node } = guest;
  const place = guestPlace(guest);
  if (details.hostDevices.length > 0 || details.interfaces.some(({ type }) => type === "hostdev"))
    throw refused(
      `${place} has devices of ${node.name}: ${details.hostDevices.join(", ") || "a network card"}`,
      `mclu info ${place}`,
    );
  if (xml.some(hasNodeTpm)) throw refused(`${place} has the TPM of ${node.name}`, `mclu info ${place}`);
  if (details.filesystems.length > 0)
    throw refused(`${place} has directories of ${node.name}: ${details.filesystems[0]?.source}`, `mclu info ${place}`);
}
