import { posix } from "node:path";
import { ownNvram } from "../clone/prepare-clone.ts";

/** Where libvirt of a system keeps them. */
const libvirtDirectory = "/var/lib/libvirt/qemu/nvram";

/**
 * Where a copy of a guest's UEFI variables goes on another node. What the source's node says of a directory counts for
 * libvirt's own alone: with any other it would choose where a file that it wrote comes to lie there, as root.
 * @param directory of the target's pool
 */
export function nvramPlace(source: string, directory: string, name: string): string {
  const isLibvirts = posix.dirname(source) === libvirtDirectory;
  return ownNvram(isLibvirts ? source : `${directory}/${posix.basename(source)}`, name);
}
