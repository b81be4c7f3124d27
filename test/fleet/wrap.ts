import type { FleetNode } from "./fleet.ts";

/**
 * Programs in /usr/local/bin of a node, before those in /usr/bin, by name: lines for `sh`. They are there again after the
 * node was switched off and on. `unwrapPrograms` takes them away.
 */
export async function wrapPrograms(node: FleetNode, programs: Readonly<Record<string, string>>): Promise<void> {
  const files = Object.entries(programs).map(
    ([name, script]) => `cat >/etc/fleet-wrap/${name} <<'WRAPPER'
#!/bin/sh
${script}
WRAPPER
chmod +x /etc/fleet-wrap/${name}`,
  );
  await node.enter(`set -e
mkdir -p /etc/fleet-wrap
${files.join("\n")}
echo '${mount}' >/etc/fleet-boot
${mount}`);
}

const mount = "mountpoint -q /usr/local/bin || mount --bind /etc/fleet-wrap /usr/local/bin";

export async function unwrapPrograms(node: FleetNode): Promise<void> {
  await node.enter(
    "rm -rf /etc/fleet-wrap/* /etc/fleet-boot; ! mountpoint -q /usr/local/bin || umount -l /usr/local/bin",
  );
}
