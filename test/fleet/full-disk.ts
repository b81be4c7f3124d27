import { expect } from "vitest";
import type { FleetNode } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";
import { letGo, wrapForHolding } from "./held-build.ts";

export const jobs = "/var/lib/mclu";
export const images = "/var/lib/libvirt/images";
export const definitions = "/etc/libvirt/qemu";

/** What a build or a clone that came to nothing may leave: none of it. */
const traces = `virsh -q list --all --name | sed '/^$/d; /^source$/d'
ls -A ${images} /var/tmp /var/lib/libvirt/qemu/nvram | grep -v '^/\\|^$\\|^[.]guest\\|^[.]fill' || :
ls -A ${jobs}/names 2>/dev/null | grep -v '^\\.' || :
pgrep -fa '[v]irt-builder|[v]irt-customize|[q]emu-img|[g]uestfs' || :`;

/** A file system of its own, of so many KiB; what was there is in it too. */
export const small = (
  path: string,
  size: number,
  more = "",
) => `mkdir -p ${path} /run/fleet/kept; rm -rf /run/fleet/kept/*
cp -a ${path}/. /run/fleet/kept
mount -t tmpfs -o size=${size}k,mode=755${more} small ${path}; cp -a /run/fleet/kept/. ${path}; virsh -q pool-refresh default`;
export const fill = (path: string) => `head -c 50000000 /dev/zero >${path}/.fill 2>/dev/null || :`;
export const makeRoom = `for path in $(sed -n 's/^small \\([^ ]*\\) .*/\\1/p' /proc/mounts); do rm -f $path/.fill; umount -l $path; done
virsh -q pool-refresh default`;
/** As if nothing had ever been built. */
export const clear = `${makeRoom}; virsh -q destroy web1 2>/dev/null; virsh -q undefine --nvram web1 2>/dev/null
rm -rf ${images}/* ${images}/.*.part ${jobs}/*`;

/** Nothing is there, nothing is left for gc; and with room, and a virt-builder that makes an empty disk, a command makes the guest. */
export async function expectRetry(
  { node, user }: { readonly node: FleetNode; readonly user: FleetUser },
  again: () => Promise<{ readonly code: number | null }>,
): Promise<void> {
  expect((await node.enter(traces)).trim()).toBe("");
  await node.enter(makeRoom);
  expect(await user.mclu(["gc", "--dry-run"])).toMatchObject({ code: 0, stdout: "nothing to remove\n" });
  await letGo(node);
  await wrapForHolding(node);
  expect(await again()).toMatchObject({ code: 0 });
}
