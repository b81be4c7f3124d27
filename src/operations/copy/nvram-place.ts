import { posix } from "node:path";
import { ownNvram } from "../clone/prepare-clone.ts";

/** Where libvirt of a system keeps them. */
const libvirtDirectory = "/var/lib/libvirt/qemu/nvram";

/**
 * Where a copy of a guest's UEFI variables goes on another node. What the source's node says of a directory counts for
 * libvirt's own alone: with any other it would choose where a file that it wrote comes to lie there, as root.
 * @param stem path of the copy's first disk, without its ending
 */
export function nvramPlace(source: string, stem: string): string {
  const isLibvirts = posix.dirname(source) === libvirtDirectory;
  return ownNvram(isLibvirts ? source : `${posix.dirname(stem)}/${posix.basename(source)}`, posix.basename(stem));
}
