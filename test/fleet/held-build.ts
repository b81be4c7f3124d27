import type { Stage } from "../../scripts/interruption-table.mjs";
import type { FleetNode } from "./fleet.ts";
import { wrapPrograms } from "./wrap.ts";

/** Where a build can be held: on the point of, or (`define, done`) just behind, what the stage is about. */
export type Point = Exclude<Stage, "wait">;

const holds = "/run/fleet/hold";

const hold = `hold() {
[ -e "${holds}/$1" ] || return 0
[ -e "${holds}/$1.reached" ] || : >"${holds}/$1.reached"
while [ -e "${holds}/$1" ]; do /usr/bin/sleep 0.1; done
}`;

/**
 * Programs of a node that stand still where `holdAt` says so; else they do their work, but for virt-builder, which makes an
 * empty disk: a guest that boots would cost the machine more than all the rest.
 */
export function wrapForHolding(node: FleetNode): Promise<void> {
  return wrapPrograms(node, {
    head: `${hold}
[ "$*" != '-c 1048576' ] || echo piece >>/tmp/pieces
case $PWD in */mclu/jobs/*) [ ! -s blob ] || hold upload ;; esac
exec /usr/bin/head "$@"`,
    "virt-builder": `${hold}
while [ "$1" != --output ]; do shift; done
echo half >"$2"
hold build
qemu-img create -q -f qcow2 "$2.new" 16M && mv "$2.new" "$2"`,
    ln: `${hold}
/usr/bin/ln "$@" || exit
case $* in *.mclu-*) hold publish ;; esac`,
    virsh: `${hold}
case " $* " in
*" define "*) hold 'define, asked for'; /usr/bin/virsh "$@"; code=$?; hold 'define, done'; exit $code ;;
*" start "*) hold start ;;
esac
exec /usr/bin/virsh "$@"`,
  });
}

/** The cloud image that a node fetches whose curl stands in. */
export const heldImage = Buffer.alloc(16 * 1024 ** 2);

/** The same of what makes a disk of a cloud image: curl makes an empty one, and virt-customize leaves it so. */
export function wrapCloudBuild(node: FleetNode): Promise<void> {
  return wrapPrograms(node, {
    curl: `${hold}
while [ "$1" != --output ]; do shift; done
echo half >"$2"
hold fetch
truncate -s 0 "$2" && truncate -s ${heldImage.length} "$2"`,
    "virt-customize": `${hold}
[ "$1" != --long-options ] || exec /usr/bin/virt-customize "$@"
hold customize`,
  });
}

/** The same of virt-builder alone, which does its own work once it is let go. */
export function wrapRealBuild(node: FleetNode): Promise<void> {
  return wrapPrograms(node, {
    "virt-builder": `${hold}\n[ "$1" = --no-cache ] || hold build\nexec /usr/bin/virt-builder "$@"`,
  });
}

export async function holdAt(node: FleetNode, point: Point): Promise<void> {
  await node.enter(`mkdir -p -m 777 ${holds}; rm -f ${holds}/*; : >'${holds}/${point}'`);
}

/** Resolves when a build stands still there. */
export async function reached(node: FleetNode, point: Point): Promise<void> {
  await node.enter(`timeout 60 sh -c 'until [ -e "${holds}/${point}.reached" ]; do sleep 0.1; done'`);
}

export async function letGo(node: FleetNode): Promise<void> {
  await node.enter(`rm -rf ${holds}`);
}

/** Resolves when a job's virt-builder is at work on a node, with an appliance of its own. */
export async function building(node: FleetNode): Promise<void> {
  const appliance = 'pgrep -f "[g]uestfs_appliance|qemu.*[g]uestfs" >/dev/null';
  await node.enter(`timeout 120 sh -c 'until ${appliance}; do sleep 0.1; done'`);
}

/** Ends the sessions of root's that are no terminals, and resolves when there is one again. */
export async function cutConnection(node: FleetNode): Promise<void> {
  const session = "-f '[s]shd: root@notty'";
  await node.enter(`pkill -KILL ${session}; timeout 60 sh -c "until pgrep ${session} >/dev/null; do sleep 0.1; done"`);
}
