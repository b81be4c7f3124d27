import type { Disk } from "../../libvirt/domain-details.ts";
import { quote } from "../../node/shell.ts";
import { fileCandidate } from "../delete/fate.ts";
import type { NodeEvidence } from "../delete/gather.ts";
import { guestPlace } from "../guest-place.ts";
import type { SeenGuest } from "../look-at-chosen.ts";
import { type Decision, refusal } from "../plan.ts";
import { refuseOddKind, type Source } from "./source.ts";

/** Why an image that is there cannot be a disk of this guest; undefined where it can. */
export function refuseSource(
  { guest, look, live }: SeenGuest,
  source: Source,
  evidence: NodeEvidence,
  format: string | undefined,
): Decision | undefined {
  const { path, file, image } = source;
  const odd = refuseOddKind(source, "an image file or a block device");
  if (odd) return odd;
  const same = evidence.candidatesOf(guest.uuid).filter((one) => one.file?.target === file.target);
  const isIt = (disk: Disk) => disk.source === path || same.some((one) => one.disk.source === disk.source);
  const own = [...(live ? look.details.disks : []), ...look.next.disks].find(isIt);
  if (own) return { verdict: "already", why: `already its ${own.target}` };
  const candidate = fileCandidate(path, file);
  const { namedBy, backs } = evidence.evidenceFor(guest.uuid);
  const other = namedBy(candidate);
  if (other !== undefined)
    return refusal(
      `${other} has ${path} as well: two guests that write to one disk ruin it`,
      `mclu disk list ${quote(other)}`,
    );
  const overlay = backs(candidate);
  if (overlay !== undefined) return refusal(`${overlay} is based on ${path}, and would be ruined`, null);
  if (format !== undefined) return undefined;
  if (image === null) return refusal(`qemu-img cannot read ${path}`, "say what it is: --format raw or --format qcow2");
  // what a guest wrote into a raw disk can look like an image that is based on any file of the node
  const based = image.backing ?? image.dataFile;
  if (based !== null)
    return refusal(
      `${path} looks like an image that is based on ${based}`,
      `say that it is one: mclu disk add --source ${quote(path)} --format qcow2 ${guestPlace(guest)}`,
    );
  return undefined;
}
