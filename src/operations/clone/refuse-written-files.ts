import { readForeignFiles } from "../../libvirt/foreign-files.ts";
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
  const own = filesOf(source).find(({ what }) => written.has(what));
  if (own)
    throw refused(
      `the ${own.what} device of ${place} is the file ${own.path}: two guests would write to it`,
      `mclu edit ${place}, and take it out`,
    );
}

/** What else of the node a clone has in common with its source: one sentence each. */
export function notesOfFiles(source: Source): readonly string[] {
  const ports = new Set(source.details.consoles.map(({ path }) => path));
  return filesOf(source)
    .filter(({ what, path }) => !told.has(what) && !ports.has(path))
    .map(({ what, path }) => `its ${what} is the source's: ${path}`);
}

function filesOf({ xml, disks, nvram }: Source) {
  const own = new Set([...disks.map(({ path }) => path), ...(nvram === null ? [] : [nvram])]);
  const isDisk = (what: string) => /^(?:disk|cdrom|floppy|lun)\b/.test(what);
  return readForeignFiles(xml, own).filter(({ use, what }) => use === "other" && !isDisk(what));
}
