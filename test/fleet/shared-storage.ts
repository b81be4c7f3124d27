import type { FleetNode } from "./fleet.ts";

/** The one directory that is the same on all nodes of a fleet; on each it looks like a disk of its own. */
export const shared = "/run/fleet/shared";

/** Mounts that directory once more, as a network file system would be: by FUSE, which hands inodes on. */
export async function mountShared(node: FleetNode, at: string): Promise<void> {
  await node.enter(`mkdir -p ${at} && bindfs ${shared} ${at}`);
}

/**
 * A pool of type netfs that libvirt mounts by itself. There is no NFS on a node: what `mount` calls for it is a stand-in
 * that mounts the shared directory.
 */
export async function startNetworkPool(node: FleetNode, name: string, at: string): Promise<void> {
  await node.enter(`mkdir -p ${at} /run/fleet/sbin
printf '#!/bin/sh\\nexec bindfs ${shared} "$2"\\n' >/run/fleet/sbin/mount.nfs
chmod +x /run/fleet/sbin/mount.nfs
mount -t overlay overlay -o lowerdir=/run/fleet/sbin:/usr/sbin /usr/sbin
virsh -q -c qemu:///system pool-define-as ${name} netfs --source-host files.example --source-path /export --target ${at}
virsh -q -c qemu:///system pool-start ${name}`);
}

/** Makes an image that no qemu can read: a qcow2 of a version that never was. Returns its path. */
export async function corruptImage(node: FleetNode, directory: string): Promise<string> {
  const path = `${directory}/broken.qcow2`;
  await node.enter(`printf 'QFI\\373\\0\\0\\0\\143' >${path} && truncate -s 64K ${path}`);
  return path;
}
