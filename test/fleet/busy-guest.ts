import type { Fleet } from "./fleet.ts";

/** What the guest does from the beginning: about 20 kB a second go out and come back, and 200 kB are written. */
const busy = `n=0; while [ $n -lt 3 ]; do n=$((n + 1)); ping -q -s 8000 192.168.122.1 & done
while true; do head -c 200000 /dev/zero >/file; sync; sleep 1; done`;

/** Starts a tiny guest that sends and writes for as long as it runs. */
export async function startBusyGuest(fleet: Fleet, node: string, name: string): Promise<void> {
  await fleet.define(node, [name]);
  await fleet.node(node).enter(`set -e
work=$(mktemp -d); cd "$work"
disk=/var/lib/libvirt/images/${name}.qcow2
qemu-img convert -O raw "$disk" disk.raw
printf '%s\\n' '::sysinit:/etc/rc' '::respawn:/bin/sh /etc/busy' >inittab
cat >busy <<'SCRIPT'
${busy}
SCRIPT
printf '%s\\n' 'rm /etc/inittab' 'write inittab /etc/inittab' 'write busy /etc/busy' >commands
# the one partition begins at 1 MiB
debugfs -w -f commands 'disk.raw?offset=1048576' >/dev/null 2>&1
qemu-img convert -O qcow2 disk.raw "$disk"
rm -r "$work"
virsh -q -c qemu:///system start ${name}`);
}
