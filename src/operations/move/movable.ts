import type { Cluster } from "../../cluster/cluster.ts";
import { blockCopies } from "../../libvirt/block-copies.ts";
import { definitionsOfQuery } from "../../libvirt/definitions-query.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import { quote } from "../../node/shell.ts";
import { askOne } from "../ask-one.ts";
import { baseMark } from "../base-mark.ts";
import { refused } from "../build-refusals.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { findOverlays, looseBase, orElse } from "../overlays.ts";
import { refuseTied } from "../tied.ts";

/**
 * Throws UserError: exit 6 for what no node could take, whatever ties the guest to the one it is on; 5 where that one does
 * not answer.
 */
export async function refuseUnmovable(
  cluster: Cluster,
  guest: FoundGuest,
  look: GuestLook,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { node, uuid, state } = guest;
  const place = guestPlace(guest);
  const { details, next, persistent, managedSave, xml } = look;
  if (node.settings.uri !== "qemu:///system")
    throw refused(
      `${node.name} has libvirt at ${node.settings.uri}, and a move wants qemu:///system`,
      "mclu config show",
    );
  if (!persistent) throw refused(`${place} is transient: no node has its definition`, `mclu xml ${place}`);
  if (managedSave) throw refused(`${place} was saved, and its memory is a file of ${node.name}`, `mclu start ${place}`);
  if (state === "crashed") throw refused(`${place} has crashed, and libvirt cannot move it`, `mclu destroy ${place}`);
  if (state === "pmsuspended") throw refused(`${place} sleeps, which libvirt cannot move`, `mclu resume ${place}`);
  for (const one of [details, next]) refuseTied(guest, one, xml.now, xml.next);
  const [copy] = blockCopies(xml.now);
  if (copy)
    throw refused(
      `the disk ${copy.target} of ${place} is being copied by a block job, during which libvirt moves no guest`,
      `mclu virsh ${place} -- blockjob ${quote(copy.target)} --info`,
    );
  if (/<encryption[\s>]/.test(`${xml.now}${xml.next}`))
    throw refused(`a disk of ${place} is encrypted by libvirt, whose secret is ${node.name}'s`, `mclu info ${place}`);
  const ask = { signal, patient: true };
  const [definitions] = await askOne(cluster, node, () => node.ask(definitionsOfQuery([uuid]), ask), signal);
  if (definitions && definitions.snapshots.length + definitions.checkpoints.length > 0)
    throw refused(`${place} has snapshots, which libvirt cannot move`, `mclu snapshot list ${place}, and delete them`);
  const { names, untold } = (await findOverlays(cluster, [guest], signal))(guest);
  if (names.length > 0)
    throw refused(`others are based on the disks of ${place}: ${names.join(", ")}`, looseBase(node, names));
  // of any other guest what it leaves behind is looked at once more before it is removed
  if (untold !== null && xml.next.includes(baseMark.namespace))
    throw refused(
      `linked clones may be based on the disks of ${place}: ${untold.why}`,
      orElse(untold, `mclu clone ${place} NEWNAME`),
    );
}
