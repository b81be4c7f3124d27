import type { Action } from "../../libvirt/change.ts";
import type { DomainDetails } from "../../libvirt/domain-details.ts";
import { element, writeXml } from "../../libvirt/xml-writer.ts";
import type { FoundGuest } from "../find-guest.ts";
import { markAction } from "../metadata-mark.ts";

/** Of a guest that `drain` moved: the node that `undrain` brings it back to. */
const namespace = "urn:mclu:home:1";

/** The node that a guest was drained from; undefined: none. */
export function homeOf({ metadata }: DomainDetails): string | undefined {
  return metadata.find((entry) => entry.namespace === namespace)?.fields.node;
}

/** Notes a guest's home in its metadata, which goes where it goes, or removes the note. */
export function homeAction(guest: FoundGuest, home: string | null): Action {
  const text = home === null ? "" : writeXml(element("home", {}, element("node", {}, home)));
  const xml = text.replace(/\n */g, "");
  return markAction(guest, { persistent: true }, { namespace, key: "mclu-home", element: xml }, home !== null);
}
