import type { Cluster } from "../../cluster/cluster.ts";
import type { Action } from "../../libvirt/change.ts";
import { diskText } from "../../libvirt/device-text.ts";
import { removeElement } from "../../libvirt/xml-edit.ts";
import { quote } from "../../node/shell.ts";
import { diskEvidence } from "../base-images.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { type DiskCandidate, fateOfDisk } from "../delete/fate.ts";
import type { NodeEvidence } from "../delete/gather.ts";
import { free, removal } from "../delete/last-look.ts";
import { canHotplug, decideDevice, untilGone } from "../device-change.ts";
import { guestPlace } from "../guest-place.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { type Decision, type Plan, refusal } from "../plan.ts";
import { refuseProtected, unlessProtected } from "../protection.ts";
import { dropSaved, unlessSaved } from "../saved-memory.ts";
import { diskElement, type FoundDisk, findDisk } from "./find-disk.ts";

export interface RemoveDiskOptions {
  /** Remove the image as well, by the rules of `delete`. */
  readonly delete?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `disk remove` will do. Throws UserError as `chooseGuests` does; with a strict choice where the image goes too. */
export async function planRemoveDisk(
  cluster: Cluster,
  choice: GuestChoice,
  name: string,
  { delete: deletes = false, signal }: RemoveDiskOptions = {},
): Promise<Plan> {
  const { seen, plan } = await lookAtChosen(cluster, choice, { strict: deletes, signal });
  const evidence = deletes ? await diskEvidence(cluster, seen, signal) : undefined;
  const decideOne = (one: SeenGuest): Decision => {
    const disk = findDisk(one, name);
    if (!("disk" in disk)) return disk;
    if (!evidence) return decide(one, disk, undefined);
    const own = evidence(one.guest);
    if (!("evidenceFor" in own)) return own;
    return one.look.protected ? refuseProtected(one.guest) : decide(one, disk, own);
  };
  return plan("disk remove", decideOne, { asks: deletes, deed: "take a disk from" });
}

function decide(one: SeenGuest, found: FoundDisk, evidence: NodeEvidence | undefined): Decision {
  const { guest } = one;
  const { disk, live, config } = found;
  const { xml } = one.look;
  const { target } = disk;
  const now = live && canHotplug(disk.bus);
  const place = guestPlace(guest);
  const stays = `its ${disk.bus ?? "own"} bus gives no disk back while it runs`;
  if (live && isRoot(one, target)) return refusal(`it runs from ${target}`, `mclu stop ${place}`);
  if (live && !now && (evidence || !config)) return refusal(stays, `mclu stop ${place}`);
  const candidate = evidence?.candidatesOf(guest.uuid).find((other) => other.disk.source === disk.source);
  const fate = evidence && candidate && fateOfDisk(candidate, evidence.evidenceFor(guest.uuid));
  const [running, next] = [live ? diskText(xml.now, target) : "", config ? diskText(xml.next, target) : ""];
  if (running === undefined || next === undefined) return refusal(`its definition of ${target} cannot be read`, null);
  const has = (text: string, ...how: readonly string[]): Action => {
    return { has: ["dumpxml", guest.uuid, ...how], text, why: `somebody has changed its ${target} meanwhile` };
  };
  const detach = (disk: string, scope: string): Action => {
    return { virsh: ["detach-device", guest.uuid, "/dev/stdin", scope], input: disk };
  };
  if (fate?.fate === "remove" && candidate && evidence?.isInSnapshot(guest.uuid, candidate))
    return refusal(
      `its snapshots keep what ${target} was in the image, and would be lost with it`,
      `mclu snapshot list ${place}, or without --delete`,
    );
  const other = fate?.fate === "remove" && candidate && evidence && otherOf(one, found, candidate, evidence);
  if (other)
    return refusal(`it has the same image as ${other}`, `mclu disk remove ${place} ${quote(target)} without --delete`);
  if (fate?.fate === "remove" && one.look.managedSave)
    return refusal(
      `it was saved, and its saved memory cannot be resumed without ${target}`,
      `${dropSaved(guest)}; or without --delete`,
    );
  const taken = evidence && candidate && fate?.fate === "remove" ? { candidate, evidence } : undefined;
  const actions: Action[] = [
    ...(evidence ? [unlessProtected(guest.uuid)] : []),
    ...(taken && !live ? [unlessSaved(guest.uuid)] : []),
    ...(taken ? [free(guest.uuid, taken.candidate, taken.evidence)] : []),
    // libvirt goes by the target alone, and another disk may have it by now
    ...(live ? [has(running)] : []),
    ...(config ? [has(next, "--inactive")] : []),
    ...(now ? [detach(running, "--live"), untilGone(one, `<target dev='${target}' `, config)] : []),
    // waiting took its time
    ...(now && config ? [has(next, "--inactive")] : []),
    ...(config ? [detach(next, "--config")] : []),
    ...(taken ? [removal(taken.candidate, taken.evidence)] : []),
  ];
  const deletes = fate?.fate === "remove";
  const decision = decideDevice(one, {
    will: deletes ? `remove ${target} and its image` : `detach ${target}`,
    done: deletes ? `removed ${target} and its image` : `detached ${target}`,
    actions,
    edit(domain) {
      const element = config ? diskElement(domain, target) : undefined;
      if (element) removeElement(element);
    },
    plugs: { live: now, config },
    later: live && !now ? stays : null,
  });
  if (fate) return { ...decision, files: [fate] };
  const kept = disk.source === null ? null : `${disk.source} stays`;
  return { ...decision, after: [decision.after, kept].filter((text) => text !== null).join("\n") || null };
}

/** The target under which the guest goes on having an image, now or at its next start, when a disk of it is taken out. */
function otherOf(
  { guest, look, live }: SeenGuest,
  found: FoundDisk,
  image: DiskCandidate,
  evidence: NodeEvidence,
): string | undefined {
  const left = [
    ...(live ? look.details.disks.filter(({ target }) => !(found.live && target === found.disk.target)) : []),
    ...(look.persistent ? look.next.disks.filter(({ target }) => !(found.config && target === found.disk.target)) : []),
  ];
  const same = evidence.candidatesOf(guest.uuid).filter(({ file }) => file?.target === image.file?.target);
  return left.find(({ source }) => same.some(({ disk }) => disk.source === source))?.target;
}

/** Whether a running guest has this disk alone, or starts from it: it would lose the ground it stands on. */
function isRoot({ look }: SeenGuest, target: string): boolean {
  const disks = look.details.disks.filter(({ device }) => device === "disk" || device === "lun");
  const ordered = look.details.boot.find((name) => disks.some((disk) => disk.target === name));
  return (ordered ?? disks[0]?.target) === target;
}
