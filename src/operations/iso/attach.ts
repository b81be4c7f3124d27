import type { Cluster } from "../../cluster/cluster.ts";
import type { Action } from "../../libvirt/change.ts";
import type { DomainDetails } from "../../libvirt/domain-details.ts";
import { child } from "../../libvirt/xml.ts";
import { addElement, setAttribute } from "../../libvirt/xml-edit.ts";
import { element, writeXml } from "../../libvirt/xml-writer.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { canHotplug, decideDevice, scopeOf } from "../device-change.ts";
import { diskXml } from "../disk/disk-xml.ts";
import { diskElement, freeTarget } from "../disk/find-disk.ts";
import { findSources, parseSource, refuseOddKind, type Source } from "../disk/source.ts";
import { guestPlace } from "../guest-place.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { type Decision, type Plan, refusal } from "../plan.ts";
import { type Drive, driveBus, mediumOf, pickDrive, stillHolds } from "./drive.ts";

export interface IsoOptions {
  /** The target of the drive; default: the guest's first. */
  readonly drive?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What `iso attach` will do: the medium goes into the guest's cdrom drive, or into a new drive where it has none. Throws
 * UserError as `chooseGuests` does, and exit 2 for an image that is no path.
 */
export async function planAttachIso(
  cluster: Cluster,
  choice: GuestChoice,
  iso: string,
  { drive, signal }: IsoOptions = {},
): Promise<Plan> {
  const question = parseSource(iso);
  const { seen, plan } = await lookAtChosen(cluster, choice, { signal });
  const guests = seen.map(({ guest }) => guest);
  const sources = await findSources(cluster, guests, question, signal);
  return plan(
    "iso attach",
    (one) => {
      const source = sources(one.guest);
      if (!("path" in source)) return source;
      // libvirt may look where the login may not, and says so, at the next start at the latest, where nothing is there
      const odd = source.kind === null ? undefined : refuseOddKind(source, "an ISO image");
      if (odd) return odd;
      const found = pickDrive(one, drive);
      if (found && !("target" in found)) return found;
      return found ? insert(one, found, source) : addDrive(one, source);
    },
    { deed: "insert a medium into" },
  );
}

function insert(one: SeenGuest, drive: Drive, { path, kind }: Source): Decision {
  const { guest, look, live } = one;
  const { target, now, next } = drive;
  const wants = (details: DomainDetails) => mediumOf(details, target) !== path;
  const scope = {
    config: next && wants(look.next),
    live: live && now && wants(look.details),
  };
  if (!scope.config && !scope.live) return { verdict: "already", why: `${path} is in ${target} already` };
  const block = kind === "block special file" ? ["--block"] : [];
  // inserts where the drive is empty
  const words = ["change-media", guest.uuid, target, path, "--update", ...block, ...scopeOf(scope)];
  return decideDevice(one, {
    will: `insert ${path} into ${target}`,
    done: `${target} has ${path}`,
    actions: [...stillHolds(one, target, scope), { virsh: words }],
    edit(domain) {
      const disk = diskElement(domain, target);
      if (!disk || !scope.config) return;
      const isBlock = block.length > 0;
      setAttribute(disk, "type", isBlock ? "block" : "file");
      const source = child(disk, "source") ?? addElement(disk, element("source"), ["driver"]);
      for (const name of ["file", "dev", "pool", "volume"]) setAttribute(source, name, null);
      setAttribute(source, isBlock ? "dev" : "file", path);
    },
    later: live && !now ? "the drive comes with the next start" : null,
  });
}

/** A drive for a guest that has none. */
function addDrive(one: SeenGuest, { path, kind }: Source): Decision {
  const { guest, look, live } = one;
  const bus = driveBus(look.xml.next, look.next);
  const target = freeTarget(one, bus);
  if (target === undefined)
    return refusal(`no more drives fit on its ${bus} bus`, `mclu disk list ${guestPlace(guest)}`);
  const hotplug = live && canHotplug(bus);
  if (!look.persistent && !hotplug)
    return refusal(`it has no cdrom drive, and its ${bus} bus takes none while it runs`, null);
  const type = kind === "block special file" ? "block" : "file";
  const disk = diskXml({ device: "cdrom", type, format: "raw", path, target, bus });
  const scope = scopeOf({ config: look.persistent, live: hotplug });
  const attach: Action = { virsh: ["attach-device", guest.uuid, "/dev/stdin", ...scope], input: writeXml(disk) };
  return decideDevice(one, {
    will: `add cdrom drive ${target} with ${path}`,
    done: `${target} has ${path}`,
    actions: [attach],
    edit(domain) {
      const devices = child(domain, "devices");
      if (devices) addElement(devices, disk, ["emulator"]);
    },
    later: live && !hotplug ? `it has no cdrom drive, and its ${bus} bus takes none while it runs` : null,
  });
}
