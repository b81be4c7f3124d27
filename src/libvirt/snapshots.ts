import { parseDisk } from "./domain-devices.ts";
import { wholeNumber } from "./number.ts";
import { attribute, child, children, parseXml, textOf } from "./xml.ts";

export interface Snapshot {
  readonly name: string;
  readonly description: string | null;
  /** What the guest was doing: `running`, `shutoff`, `paused`, or `disk-snapshot`. */
  readonly state: string | null;
  /** Seconds since 1970. */
  readonly created: number | null;
  readonly parent: string | null;
  /** Where its disks are: inside the images, in overlay files of their own, or in some of both. */
  readonly kind: "internal" | "external" | "mixed" | null;
  /** Whether it holds the guest's memory as well. */
  readonly memory: boolean;
}

/** The files of its own that an external snapshot has: overlays and the guest's memory. Throws UnexpectedOutput. */
export function readSnapshotFiles(text: string): readonly string[] {
  const snapshot = parseXml(text, "domainsnapshot");
  const overlays = children(child(snapshot, "disks"), "disk").map((disk) => attribute(child(disk, "source"), "file"));
  return [...overlays, attribute(child(snapshot, "memory"), "file")].filter((path) => path !== null);
}

/** What the disks were of which a snapshot was made, by their sources: these are written when it is reverted to. Throws UnexpectedOutput. */
export function readSnapshotDisks(text: string): readonly string[] {
  const devices = child(parseXml(text, "domainsnapshot"), "domain", "devices");
  return children(devices, "disk")
    .map(parseDisk)
    .flatMap(({ device, readonly, source }) => (device === "disk" && !readonly && source !== null ? [source] : []));
}

/** Reads `virsh snapshot-dumpxml`. Throws UnexpectedOutput. */
export function parseSnapshot(text: string): Snapshot {
  const snapshot = parseXml(text, "domainsnapshot");
  const disks = children(child(snapshot, "disks"), "disk").map((disk) => attribute(disk, "snapshot"));
  const memory = attribute(child(snapshot, "memory"), "snapshot");
  const internal = disks.includes("internal") || memory === "internal";
  const external = disks.includes("external") || memory === "external";
  return {
    name: child(snapshot, "name")?.textContent ?? "",
    description: textOf(child(snapshot, "description")),
    state: textOf(child(snapshot, "state")),
    created: wholeNumber(textOf(child(snapshot, "creationTime"))),
    // as it is, like its own: blanks at the ends belong to a name
    parent: child(snapshot, "parent", "name")?.textContent || null,
    kind: internal ? (external ? "mixed" : "internal") : external ? "external" : null,
    memory: memory === "internal" || memory === "external",
  };
}
