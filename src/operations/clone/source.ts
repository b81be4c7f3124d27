import type { Disk, DomainDetails } from "../../libvirt/domain-details.ts";
import { secureXmlQuery } from "../../libvirt/domain-query.ts";
import { isActive } from "../../libvirt/domains.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import { guestLookQuery } from "../../libvirt/guest-look.ts";
import { type VolumeQuestion, volumesQuery } from "../../libvirt/pools-query.ts";
import { combine } from "../../libvirt/query.ts";
import { quote } from "../../node/shell.ts";
import { refused } from "../build-refusals.ts";
import { chosenVariables } from "../chosen-variables.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { packagesOf } from "../packages.ts";
import { readStorage } from "../read-storage.ts";
import { hasEmulatedTpm } from "./refuse-written-files.ts";

/** A guest that is going to be copied, looked at. Bytes. */
export interface Source {
  readonly guest: FoundGuest;
  readonly details: DomainDetails;
  /** With secrets. */
  readonly xml: string;
  /** Those that get files of their own. */
  readonly disks: readonly SourceDisk[];
  /** The file of its UEFI variables; null: none that is there. */
  readonly nvram: string | null;
  /** Whether it starts with its node. */
  readonly autostart: boolean;
  /** What the user should know of a copy: one sentence each. */
  readonly notes: readonly string[];
}

export interface SourceDisk {
  readonly target: string;
  readonly path: string;
  readonly format: string;
  /** Virtual size. */
  readonly size: number;
  /** What it takes on its node; null: not known. */
  readonly allocation: number | null;
  /** What else its content lies in: backing files, nearest first, and data files. */
  readonly backing: readonly string[];
  /** The data files among them. */
  readonly data: readonly string[];
  /** What it is an overlay of is such an image; null: of nothing, or not known. */
  readonly baseFormat: string | null;
}

/**
 * Looks at a guest that is to be copied. Throws UserError (exit 6) where it runs, or where a disk of it cannot be copied;
 * rejects with NodeError.
 */
export async function lookAtSource(guest: FoundGuest, signal: AbortSignal | undefined): Promise<Source> {
  const { node, uuid, state } = guest;
  const place = guestPlace(guest);
  if (state === null || isActive(state))
    throw refused(
      `${place} is ${state ?? "in no known state"}: its disks change while they are copied`,
      `mclu stop ${place}`,
    );
  const ask = { signal, patient: true };
  const [[look], [xml = ""]] = await node.ask(combine(guestLookQuery([uuid]), secureXmlQuery([uuid])), ask);
  if (!look || xml === "") throw refused(`libvirt cannot show what ${place} is`, `mclu xml ${place}`);
  if (look.managedSave)
    throw refused(`${place} was saved: a part of it is in its memory`, `mclu start ${place}, and mclu stop ${place}`);
  const details = look.next;
  const copied = details.disks.filter(isCopied);
  if (/<encryption[\s>]/.test(xml))
    throw refused(`a disk of ${place} is encrypted by libvirt, which a copy cannot be`, `mclu info ${place}`);
  const disks = await lookAtDisks(guest, copied, ask);
  const nvram = details.nvram ?? chosenVariables(guest, xml);
  const [there] = nvram === null ? [null] : await node.ask(filesQuery([nvram]), ask);
  const { autostart } = look;
  return {
    guest,
    details,
    xml,
    disks,
    nvram: there ? nvram : null,
    autostart,
    notes: notesOf(details, hasEmulatedTpm(xml)),
  };
}

/** Media, and what is read-only or shareable, serve both. */
function isCopied({ device, source, readonly, shareable }: Disk): boolean {
  return (device === "disk" || device === "lun") && source !== null && !readonly && !shareable;
}

/** Where the disks of a guest are, how large, and what they are based on. Throws UserError (exit 6) for one that cannot be read. */
export async function lookAtDisks(
  guest: FoundGuest,
  disks: readonly Disk[],
  ask: { readonly signal: AbortSignal | undefined; readonly patient: boolean },
): Promise<readonly SourceDisk[]> {
  const { node, uuid } = guest;
  const place = guestPlace(guest);
  const strange = disks.find(({ target }) => !/^\w{1,32}$/.test(target));
  if (strange)
    throw refused(`a disk of ${place} has a target that is no device's name: ${strange.target}`, `mclu edit ${place}`);
  const questions = disks.flatMap(({ volume }): VolumeQuestion[] => (volume ? [volume] : []));
  const volumes = questions.length === 0 ? [] : await node.ask(volumesQuery(questions), ask);
  const found = disks.map((disk) => {
    const { type, source, volume, target } = disk;
    const path = volume ? volumes[questions.indexOf(volume)]?.path : source;
    if (type !== "file" && type !== "block" && type !== "volume")
      throw refused(`the disk ${target} of ${place} is of type ${type}: no file of ${node.name}`, `mclu info ${place}`);
    if (volume && !path)
      throw refused(
        `the disk ${target} of ${place} is in a pool that is not active, or does not list it`,
        `mclu virsh ${quote(node.name)} -- pool-refresh --pool ${quote(volume.pool)}`,
      );
    if (!path?.startsWith("/")) throw refused(`the disk ${target} of ${place} has no file`, `mclu info ${place}`);
    return { ...disk, type: "file", volume: null, source: path };
  });
  const files = await node.ask(filesQuery(found.map(({ source }) => source)), ask);
  const gone = found.find((_, index) => (files[index] ?? null) === null);
  if (gone) throw refused(`the disk ${gone.target} of ${place} is missing: ${gone.source}`, `mclu info ${place}`);
  const subjects = [{ uuid, disks: found, snapshots: [] }];
  const [facts] = await readStorage(node, subjects, ask);
  if (facts?.lacksQemuImg)
    throw refused(
      `what the disks of ${place} are is not known: ${node.name} lacks qemu-img`,
      `mclu exec ${quote(node.name)} -- apt-get install ${packagesOf(["qemu-img"])}`,
    );
  return found.map(({ target, source: path, format }, index) => {
    const { size, chain } = facts?.disks[index] ?? { size: null, chain: null };
    const [image, ...below] = chain ?? [];
    const capacity = image?.capacity ?? size?.capacity ?? null;
    if (!image || capacity === null)
      throw refused(
        `the disk ${target} of ${place} cannot be read, or a file that it is based on: ${path}`,
        `mclu exec ${node.name} -- qemu-img info --backing-chain ${quote(path)}`,
      );
    const allocation = image.allocation ?? size?.allocation ?? null;
    const data = [image, ...below].flatMap(({ dataFile }) => dataFile ?? []);
    return {
      target,
      path,
      format: format ?? "raw",
      size: capacity,
      allocation,
      backing: [...below.map(({ file }) => file), ...data],
      data,
      baseFormat: image.backingFormat ?? below[0]?.format ?? null,
    };
  });
}

function notesOf({ disks, hostDevices, consoles, interfaces }: DomainDetails, emulatesTpm: boolean): readonly string[] {
  const shared = disks.filter((disk) => disk.source !== null && !isCopied(disk));
  const files = consoles.filter(({ path }) => path !== null);
  return [
    ...shared.map(({ target, source }) => `${target} is shared with the source: ${source}`),
    ...(emulatesTpm ? ["its TPM begins empty: what the source has sealed there stays there"] : []),
    ...hostDevices.map((device) => `${device} of the node can be in one running guest alone`),
    ...(interfaces.some(({ type }) => type === "hostdev")
      ? ["a network card of the node can be in one guest alone"]
      : []),
    ...files.map(({ kind, path }) => `its ${kind} port is the source's: ${path}`),
  ];
}
