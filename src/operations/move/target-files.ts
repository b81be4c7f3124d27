import { posix } from "node:path";
import type { Disk } from "../../libvirt/domain-details.ts";
import { isActive } from "../../libvirt/domains.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import { child, parseXml, textOf } from "../../libvirt/xml.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { Obstacle } from "./move-plan.ts";

/** Disks that the guest writes and nobody else; media, and what is read-only, must be there already. */
export function isOwn({ device, readonly, type }: Disk): boolean {
  return (device === "disk" || device === "lun") && !readonly && type !== "network";
}

/** What a guest names beside its own disks, and its target does not have. Rejects with NodeError. */
export async function missingFiles(
  guest: FoundGuest,
  look: GuestLook,
  target: Node,
  signal: AbortSignal | undefined,
): Promise<readonly Obstacle[]> {
  const media = look.details.disks.flatMap((disk) =>
    !isOwn(disk) && disk.type !== "network" && disk.source?.startsWith("/") ? [disk.source] : [],
  );
  const boot = await present(guest.node, bootFiles(look.xml.next), signal);
  const variables = variablesDirectory(guest, look);
  const there = await present(target, [...media, ...boot, ...variables], signal);
  const missing = (paths: readonly string[]) => [...new Set(paths)].filter((path) => !there.includes(path));
  return [
    ...missing(media).map((path) => ({
      why: `it has no ${path}, which is in a drive of the guest`,
      fix: `mclu iso eject ${guestPlace(guest)}, or copy the file to ${target.name}`,
    })),
    ...missing(boot).map((path) => ({
      why: `it has no ${path}, which the guest boots from`,
      fix: `copy the file to ${target.name}`,
    })),
    ...missing(variables).map((path) => ({
      why: `it has no directory ${path}, where the UEFI variables have to be`,
      fix: `mclu exec ${target.name} -- mkdir -p ${quote(path)}`,
    })),
  ];
}

/** Those of the paths at which a node has something. */
async function present(
  node: Node,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<readonly string[]> {
  const facts = await node.ask(filesQuery(paths), { signal, patient: true });
  return paths.filter((_, index) => (facts[index] ?? null) !== null);
}

/** Firmware, and a kernel that is started without a boot loader. */
function bootFiles(xml: string): readonly string[] {
  const os = child(parseXml(xml, "domain"), "os");
  const texts = ["loader", "kernel", "initrd", "dtb"].map((name) => textOf(child(os, name)));
  return texts.flatMap((text) => (text?.startsWith("/") ? [text] : []));
}

/** libvirt writes the variables of a guest that runs anew, into a directory that it does not make unless it is its own. */
function variablesDirectory({ state }: FoundGuest, { details }: GuestLook): readonly string[] {
  const isLive = state !== null && isActive(state);
  return isLive && details.nvram?.startsWith("/") ? [posix.dirname(details.nvram)] : [];
}
