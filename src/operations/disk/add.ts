import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import type { Action } from "../../libvirt/change.ts";
import { child } from "../../libvirt/xml.ts";
import { addElement } from "../../libvirt/xml-edit.ts";
import { writeXml } from "../../libvirt/xml-writer.ts";
import { diskEvidence } from "../base-images.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { fileCandidate } from "../delete/fate.ts";
import { untaken } from "../delete/last-look.ts";
import { canHotplug, decideDevice, scopeOf } from "../device-change.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { type Decision, type Plan, refusal } from "../plan.ts";
import { diskXml } from "./disk-xml.ts";
import { freeTarget } from "./find-disk.ts";
import { findNewImages, type NewImagePlace } from "./new-image.ts";
import { refuseSource } from "./refuse-source.ts";
import { findSources, parseSource, type Source } from "./source.ts";

export const diskBuses = ["virtio", "scsi", "sata", "usb", "ide"] as const;

export type DiskFormat = "qcow2" | "raw";

export interface AddDiskOptions {
  /** Bytes of a new volume; or an image that is there: `/PATH` or `POOL/VOLUME`. */
  readonly from: { readonly size: number } | { readonly source: string };
  /** Default: the node's pool. For a new volume. */
  readonly pool?: string | undefined;
  /** Default: qcow2; of an image that is there: what qemu-img says. */
  readonly format?: DiskFormat | undefined;
  /** Default: that of the guest's first disk, else virtio. */
  readonly bus?: (typeof diskBuses)[number] | undefined;
  /** Make a volume that is larger than the pool's free space. */
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `disk add` will do: a volume that is published as builds publish theirs, never over an existing file, or an image
 * that nobody else has; attached now and in the definition. Throws UserError as `chooseGuests` does, and exit 2 for a
 * source that is no path.
 */
export async function planAddDisk(cluster: Cluster, choice: GuestChoice, options: AddDiskOptions): Promise<Plan> {
  const { from, signal } = options;
  const question = "source" in from ? parseSource(from.source) : undefined;
  const { seen, plan } = await lookAtChosen(cluster, choice, { signal });
  if (question && seen.length > 1)
    throw new UserError(`one image cannot be the disk of ${seen.length} guests`, {
      hint: "name one guest",
      exitCode: exitCodes.usage,
    });
  const targets = new Map(seen.map((one) => [one.guest, freeTarget(one, busFor(one, options))]));
  const guests = seen.map(({ guest }) => guest);
  if ("size" in from) {
    const wishes = seen.map(({ guest }) => ({ guest, target: targets.get(guest) ?? "" }));
    const places = await findNewImages(cluster, wishes, { ...options, size: from.size });
    return plan("disk add", (one) => decide(one, options, targets.get(one.guest), places(one.guest)), { deed });
  }
  const sources = await findSources(cluster, guests, question ?? { path: "" }, signal);
  const evidence = await diskEvidence(cluster, seen, signal);
  return plan(
    "disk add",
    (one) => {
      const own = evidence(one.guest);
      const source = sources(one.guest);
      if (!("path" in source)) return source;
      if (!("evidenceFor" in own)) return own;
      const last = untaken(one.guest.uuid, fileCandidate(source.path, source.file), own);
      return (
        refuseSource(one, source, own, options.format) ?? decide(one, options, targets.get(one.guest), source, last)
      );
    },
    { deed },
  );
}

const deed = "add a disk to";

function busFor({ look }: SeenGuest, { bus }: AddDiskOptions): string {
  return bus ?? look.next.disks.find(({ device }) => device === "disk")?.bus ?? "virtio";
}

/** @param last the last look at an image that is there */
function decide(
  one: SeenGuest,
  options: AddDiskOptions,
  target: string | undefined,
  place: NewImagePlace | Source | Decision,
  last: readonly Action[] = [],
): Decision {
  if (!("path" in place)) return place;
  const { guest, look, live } = one;
  const bus = busFor(one, options);
  if (target === undefined) return refusal(`no more disks fit on its ${bus} bus`, "another one: --bus virtio");
  const hotplug = live && canHotplug(bus);
  if (!look.persistent && !hotplug)
    return refusal(`its ${bus} bus takes no disk while it runs, and it is transient`, "--bus virtio");
  const isNew = "image" in place ? undefined : place;
  const format = isNew?.format ?? options.format ?? ("image" in place ? place.image?.format : undefined) ?? "raw";
  const type = "kind" in place && place.kind === "block special file" ? "block" : "file";
  const disk = diskXml({ device: "disk", type, format, path: place.path, target, bus });
  const scope = scopeOf({ config: look.persistent, live: hotplug });
  const attach: Action = { virsh: ["attach-device", guest.uuid, "/dev/stdin", ...scope], input: writeXml(disk) };
  return decideDevice(one, {
    will: `add ${target}: ${place.path}`,
    done: `added ${target}`,
    actions: isNew ? [make(isNew), { virsh: ["pool-refresh", "--pool", isNew.pool] }, attach] : [...last, attach],
    edit(domain) {
      const devices = child(domain, "devices");
      if (devices) addElement(devices, disk, ["emulator"]);
    },
    plugs: { live: hotplug, config: look.persistent },
    later: live && !hotplug ? `its ${bus} bus takes no disk while it runs` : null,
  });
}

function make({ path, part, format, size }: NewImagePlace): Action {
  return { make: { path, part, format, size } };
}
