import type { Cluster } from "../../cluster/cluster.ts";
import { child } from "../../libvirt/xml.ts";
import { removeElement } from "../../libvirt/xml-edit.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { decideDevice, scopeOf } from "../device-change.ts";
import { diskElement } from "../disk/find-disk.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import type { Decision, Plan } from "../plan.ts";
import type { IsoOptions } from "./attach.ts";
import { mediumOf, pickDrive, stillHolds } from "./drive.ts";

export interface EjectOptions extends IsoOptions {
  /** Also where the guest has locked the drive. */
  readonly force?: boolean | undefined;
}

/** What `iso eject` will do. Throws UserError as `chooseGuests` does. */
export async function planEjectIso(cluster: Cluster, choice: GuestChoice, options: EjectOptions = {}): Promise<Plan> {
  const { plan } = await lookAtChosen(cluster, choice, { signal: options.signal });
  return plan("iso eject", (one) => decide(one, options), { deed: "eject the medium of" });
}

function decide(one: SeenGuest, { drive, force = false }: EjectOptions): Decision {
  const { guest, look, live } = one;
  const found = pickDrive(one, drive);
  if (!found) return { verdict: "already", why: "it has no cdrom drive" };
  if (!("target" in found)) return found;
  const { target } = found;
  const scope = {
    config: found.next && mediumOf(look.next, target) !== null,
    live: live && found.now && mediumOf(look.details, target) !== null,
  };
  if (!scope.config && !scope.live) return { verdict: "already", why: `${target} is empty already` };
  return decideDevice(one, {
    will: `eject what is in ${target}`,
    done: `${target} is empty`,
    actions: [
      ...stillHolds(one, target, scope),
      { virsh: ["change-media", guest.uuid, target, "--eject", ...(force ? ["--force"] : []), ...scopeOf(scope)] },
    ],
    edit(domain) {
      const source = child(diskElement(domain, target), "source");
      if (source && scope.config) removeElement(source);
    },
    later: null,
  });
}
