import { networkVariables } from "../../libvirt/boot-files.ts";
import { readForeignFiles } from "../../libvirt/foreign-files.ts";
import { attribute, child, children, parseXml, textOf, type XmlElement } from "../../libvirt/xml.ts";
import { refused } from "../build-refusals.ts";
import { guestPlace } from "../guest-place.ts";
import type { Source } from "./source.ts";

/** What a guest keeps its own state in: of two that have one file each would write over the other's. */
const written: ReadonlySet<string> = new Set(["memory", "tpm", "pstore"]);

/** What a copy gets one of its own of, or what is told of elsewhere. */
const told: ReadonlySet<string> = new Set(["emulator", "nvram", "channel", "hostdev"]);

/**
 * Throws UserError (exit 6) for a guest that keeps something in a file of its node that no clone gets a copy of: the content
 * of an NVDIMM, the state of a TPM.
 */
export function refuseWrittenFiles(source: Source): void {
  const place = guestPlace(source.guest);
  const spared = new Set([...readOnlyMemory(source.xml), ...nodeTpms(source.xml)]);
  const own = filesOf(source).find(({ what, path }) => written.has(what) && !spared.has(path));
  if (own)
    throw refused(
      `the ${own.what} device of ${place} is the file ${own.path}: two guests would write to it`,
      `mclu edit ${place}, and take it out`,
    );
}

/** Throws UserError (exit 6) for a guest whose UEFI variables are no file of its node: a guest made of it would write them too. */
export function refuseNetworkVariables({ guest, xml }: Pick<Source, "guest" | "xml">): void {
  const remote = networkVariables(xml);
  if (remote === null) return;
  const place = guestPlace(guest);
  throw refused(
    `the UEFI variables of ${place} are no file of ${guest.node.name} but ${remote}: two guests would write them`,
    `mclu edit ${place}: give it <nvram> with a file of its own`,
  );
}

/** What else of the node a clone has in common with its source: one sentence each. */
export function notesOfFiles(source: Source): readonly string[] {
  const ports = new Set(source.details.consoles.map(({ path }) => path));
  return filesOf(source)
    .filter(({ what, path }) => !told.has(what) && !ports.has(path))
    .map(({ what, path }) =>
      what === "tpm" ? `${path} of the node can be in one running guest alone` : `its ${what} is the source's: ${path}`,
    );
}

/** Whether a guest has a TPM of its own, whose state libvirt keeps by the guest's UUID. */
export function hasEmulatedTpm(xml: string): boolean {
  return devicesOf(xml, "tpm").some(isEmulated);
}

/** The files of NVDIMMs that a guest only reads. */
function readOnlyMemory(xml: string): readonly (string | null)[] {
  return devicesOf(xml, "memory")
    .filter((memory) => child(memory, "target", "readonly"))
    .map((memory) => textOf(child(memory, "source", "path")));
}

/** TPMs that are passed through: devices of the node, or the socket of a program that somebody else runs. */
function nodeTpms(xml: string): readonly (string | null)[] {
  return devicesOf(xml, "tpm")
    .filter((tpm) => !isEmulated(tpm))
    .flatMap((tpm) => children(child(tpm, "backend")).map((place) => attribute(place, "path")));
}

function isEmulated(tpm: XmlElement): boolean {
  return attribute(child(tpm, "backend"), "type") === "emulator";
}

function devicesOf(xml: string, name: string): readonly XmlElement[] {
  return children(child(parseXml(xml, "domain"), "devices"), name);
}

function filesOf({ xml, disks, nvram }: Source) {
  const own = new Set([...disks.map(({ path }) => path), ...(nvram === null ? [] : [nvram])]);
  const isDisk = (what: string) => /^(?:disk|cdrom|floppy|lun)\b/.test(what);
  return readForeignFiles(xml, own).filter(({ use, what }) => use === "other" && !isDisk(what));
}
