import { parseDocument } from "../support/json-schema.ts";
import type { Fleet } from "./fleet.ts";

export const images = "/var/lib/libvirt/images";
export const diskOf = (name: string) => `${images}/${name}.qcow2`;

export const virsh = "virsh -q -c qemu:///system";

/** The shell that removes every guest of a node, and all files of its pool. */
export const forgetGuests = `for guest in $(${virsh} list --all --uuid); do
${virsh} destroy $guest; ${virsh} undefine $guest --nvram; done >/dev/null 2>&1
find ${images} -mindepth 1 -delete; ${virsh} pool-refresh default`;

/** Resolves once libvirt of the source sends a guest, which takes 15 s or more where its speed was set to 1. */
export async function underWay(fleet: Fleet, node: string, guest: string): Promise<void> {
  const look = `until ${virsh} domjobinfo ${guest} | grep -q "Outgoing migration"; do sleep 0.2; done`;
  await fleet.node(node).enter(`timeout 100 sh -c '${look}'`);
}

/**
 * The state of a guest on each node that has it, with what is wrong where a disk of it is not there; for one that runs, also
 * where it is not defined there, or would have other disks at its next start.
 */
export async function whereIs(fleet: Fleet, uuid: string | undefined): Promise<Readonly<Record<string, string>>> {
  const look = `state=$(${virsh} domstate ${uuid} 2>/dev/null) || exit 0
case $state in running|paused)
[ "$(${virsh} domblklist ${uuid})" = "$(${virsh} domblklist ${uuid} --inactive 2>&1)" ] || state="$state, and defined otherwise" ;;
esac
gone=$(${virsh} domblklist ${uuid} --details | while read -r type device target path; do
[ "$type $device" != "file disk" ] || [ -e "$path" ] || echo "$path"; done)
echo "$state\${gone:+, and without $gone}"`;
  const states = await Promise.all(
    fleet.nodes.map(async ({ name, enter }) => [name, (await enter(look).catch(() => "no answer")).trim()] as const),
  );
  return Object.fromEntries(states.filter(([, state]) => state !== ""));
}

/** What moves left of a guest's disks on a node, by full path. */
export async function keptBy(fleet: Fleet, node: string): Promise<string[]> {
  const names = await fleet.node(node).enter(`ls -A ${images} | grep '\\.migrated-' || :`);
  return names.split("\n").flatMap((name) => (name === "" ? [] : [`${images}/${name}`]));
}

/** What `-o json` says became of the one guest that was moved. */
export function resultOf(stdout: string): Record<string, unknown> | undefined {
  return (parseDocument(stdout) as unknown as { results: Record<string, unknown>[] }).results[0];
}
