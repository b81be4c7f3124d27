import type { DomainDetails, Interface } from "../../libvirt/domain-details.ts";
import { attribute, child, children, type XmlElement } from "../../libvirt/xml.ts";
import type { Scope } from "../device-change.ts";
import { guestPlace } from "../guest-place.ts";
import type { SeenGuest } from "../look-at-chosen.ts";
import { type Decision, refusal } from "../plan.ts";

/** A network card that the user named, and whether the guest has it now, at its next start, or both. */
export interface FoundNic extends Scope {
  readonly mac: string;
  readonly now: Interface | undefined;
  readonly next: Interface | undefined;
}

/** Finds a card by its MAC; without one, the guest's only card. */
export function findNic(
  { guest, look, live }: SeenGuest,
  wanted: string | undefined,
): FoundNic | Extract<Decision, { readonly verdict: "refused" }> {
  const cards = (details: DomainDetails, has: boolean) =>
    has ? details.interfaces.filter(({ mac }) => mac !== null) : [];
  const [now, next] = [cards(look.details, live), cards(look.next, look.persistent)];
  const macs = [...new Set([...now, ...next].map(({ mac }) => mac ?? ""))];
  const mac = wanted?.toLowerCase() ?? (macs.length === 1 ? macs[0] : undefined);
  if (mac !== undefined && macs.includes(mac)) {
    const own = (list: readonly Interface[]) => list.find((one) => one.mac === mac);
    return { mac, now: own(now), next: own(next), live: own(now) !== undefined, config: own(next) !== undefined };
  }
  const has = macs.length === 0 ? "it has none" : `it has ${macs.join(", ")}`;
  const which = mac === undefined ? "which card is meant is not plain" : `it has no card ${mac}`;
  return refusal(`${which}: ${has}`, `mclu nic list ${guestPlace(guest)}`);
}

/** The element of a card in a definition. */
export function nicElement(domain: XmlElement, mac: string): XmlElement | undefined {
  const cards = children(child(domain, "devices"), "interface");
  return cards.find((card) => attribute(child(card, "mac"), "address")?.toLowerCase() === mac);
}
