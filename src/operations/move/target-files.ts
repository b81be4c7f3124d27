import type { Disk } from "../../libvirt/domain-details.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import type { Node } from "../../node/node.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { Obstacle } from "./move-plan.ts";

/** Disks that the guest writes and nobody else; media, and what is read-only, must be there already. */
export function isOwn({ device, readonly, type }: Disk): boolean {
  return (device === "disk" || device === "lun") && !readonly && type !== "network";
}

/** Media and read-only disks of a guest that its target does not have. Rejects with NodeError. */
export async function missingMedia(
  guest: FoundGuest,
  disks: readonly Disk[],
  target: Node,
  signal: AbortSignal | undefined,
): Promise<readonly Obstacle[]> {
  const named = disks.flatMap((disk) =>
    !isOwn(disk) && disk.type !== "network" && disk.source?.startsWith("/") ? [disk.source] : [],
  );
  const paths = [...new Set(named)];
  const facts = await target.ask(filesQuery(paths), { signal, patient: true });
  return paths
    .filter((_, index) => (facts[index] ?? null) === null)
    .map((path) => ({
      why: `it has no ${path}, which is in a drive of the guest`,
      fix: `mclu iso eject ${guestPlace(guest)}, or copy the file to ${target.name}`,
    }));
}
