import { posix } from "node:path";
import { filesQuery } from "../../libvirt/files-query.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { MovePlan, Obstacle } from "./move-plan.ts";
import { sharingOf } from "./shared-files.ts";

/**
 * What becomes of the UEFI variables of a guest: qemu carries them over, into a file that libvirt makes on the target.
 * Rejects with NodeError.
 */
export async function judgeNvram(
  guest: FoundGuest,
  { details: { nvram } }: GuestLook,
  target: Node,
  signal: AbortSignal | undefined,
): Promise<{ readonly nvram: MovePlan["nvram"]; readonly obstacles: readonly Obstacle[] }> {
  if (nvram === null) return { nvram: null, obstacles: [] };
  const { name } = target;
  const place = guestPlace(guest);
  const copied = { path: nvram, way: "copied" } as const;
  if (/\p{Cc}|^[^/]| $/u.test(nvram)) {
    const why = "the path of the guest's UEFI variables is one that cannot be moved";
    return { nvram: copied, obstacles: [{ why, fix: `mclu info ${place}` }] };
  }
  const { kind } = await sharingOf(guest.node, target, nvram, signal);
  if (kind === "shared") return { nvram: { path: nvram, way: "shared" }, obstacles: [] };
  if (kind === "taken") {
    const fix = `mclu exec ${quote(name)} -- ls -l ${quote(nvram)}, and rename it if no guest of ${name} uses it`;
    return { nvram: copied, obstacles: [{ why: `it has another file ${nvram}`, fix }] };
  }
  // qemu 7.2 writes what was carried over when the guest runs there, not before: one that ends without would have lost it
  if (guest.state === "paused") {
    const why = `the guest is paused, and its UEFI variables come into their file only where it runs`;
    return { nvram: copied, obstacles: [{ why, fix: `mclu resume ${place}, and move it while it runs` }] };
  }
  const directory = posix.dirname(nvram);
  const [found] = await target.ask(filesQuery([directory]), { signal, patient: true });
  if (found) return { nvram: copied, obstacles: [] };
  const why = `it has no directory ${directory}, where the guest's UEFI variables have to be`;
  return { nvram: copied, obstacles: [{ why, fix: `mclu exec ${quote(name)} -- mkdir -p ${quote(directory)}` }] };
}
