import { posix } from "node:path";
import { networkVariables } from "../../libvirt/boot-files.ts";
import { isActive } from "../../libvirt/domains.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { chosenVariables } from "../chosen-variables.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { MovePlan, Obstacle } from "./move-plan.ts";
import { sharingOf } from "./shared-files.ts";

/** Those that the network has go with the definition. */
function pathOf(guest: FoundGuest, { details, xml }: GuestLook): string | null {
  if (networkVariables(xml.next) !== null) return null;
  if (details.nvram !== null || guest.state === null || isActive(guest.state)) return details.nvram;
  return chosenVariables(guest, xml.next);
}

/**
 * What becomes of the UEFI variables of a guest: of one that runs qemu carries them over, into a file that libvirt makes on
 * the target; of one that is off the file is copied. Rejects with NodeError.
 */
export async function judgeNvram(
  guest: FoundGuest,
  look: GuestLook,
  target: Node,
  signal: AbortSignal | undefined,
): Promise<{ readonly nvram: MovePlan["nvram"]; readonly obstacles: readonly Obstacle[] }> {
  const nvram = pathOf(guest, look);
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
  const ask = { signal, patient: true };
  const isOff = guest.state !== null && !isActive(guest.state);
  const [here] = isOff ? await guest.node.ask(filesQuery([nvram]), ask) : [];
  // one that never started has none yet
  if (isOff && !here) return { nvram: null, obstacles: [] };
  // qemu 7.2 writes what was carried over when the guest runs there, not before: one that ends without would have lost it
  if (guest.state === "paused") {
    const why = `the guest is paused, and its UEFI variables come into their file only where it runs`;
    return { nvram: copied, obstacles: [{ why, fix: `mclu resume ${place}, and move it while it runs` }] };
  }
  const directory = posix.dirname(nvram);
  const [found] = await target.ask(filesQuery([directory]), ask);
  if (found) return { nvram: copied, obstacles: [] };
  const why = `it has no directory ${directory}, where the guest's UEFI variables have to be`;
  return { nvram: copied, obstacles: [{ why, fix: `mclu exec ${quote(name)} -- mkdir -p ${quote(directory)}` }] };
}
