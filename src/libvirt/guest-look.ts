import type { DomainDetails } from "./domain-details.ts";
import { virshSteps, virshTexts } from "./domain-query.ts";
import { parseDomain } from "./domain-xml.ts";
import { parseLabels } from "./node-info.ts";
import { type Query, understood } from "./query.ts";

/** Namespace of our mark in a guest's <metadata> that keeps it from being deleted and powered off. */
export const protectionNamespace = "urn:mclu:protection:1";

/** What has to be known of a guest before it is changed. */
export interface GuestLook {
  /** What it is now. */
  readonly details: DomainDetails;
  /** What it will be at its next start. */
  readonly next: DomainDetails;
  /** The XML of both, without secrets. */
  readonly xml: { readonly now: string; readonly next: string };
  /** Whether it is defined: a transient guest is gone when it is off. */
  readonly persistent: boolean;
  readonly autostart: boolean;
  readonly managedSave: boolean;
  readonly protected: boolean;
}

const commandsPerGuest = 3;

/** What there is to know of some guests, in their order; null for one that is gone or that cannot be read. */
export function guestLookQuery(uuids: readonly string[]): Query<readonly (GuestLook | null)[]> {
  const steps = virshSteps(
    uuids.flatMap((uuid) => [
      ["dominfo", uuid],
      ["dumpxml", uuid],
      ["dumpxml", uuid, "--inactive"],
    ]),
  );
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return uuids.map((_, index) => toLook(texts.slice(index * commandsPerGuest, (index + 1) * commandsPerGuest)));
    },
  };
}

function toLook([info = "", now = "", inactive = ""]: readonly string[]): GuestLook | null {
  const labels = parseLabels(info);
  const persistent = labels.get("Persistent");
  if (now === "" || (persistent !== "yes" && persistent !== "no")) return null;
  return understood(() => {
    const details = parseDomain(now);
    // libvirt has no next definition of a transient guest
    const next = inactive === "" ? details : parseDomain(inactive);
    return {
      details,
      next,
      xml: { now, next: inactive === "" ? now : inactive },
      persistent: persistent === "yes",
      autostart: labels.get("Autostart") === "enable",
      managedSave: labels.get("Managed save") === "yes",
      protected: [...details.metadata, ...next.metadata].some(({ namespace }) => namespace === protectionNamespace),
    };
  });
}
