import { unwrapPrograms, wrapPrograms } from "../fleet/wrap.ts";
import type { Bench } from "./bench.ts";

/** A program in /usr/local/bin of a node, before the one in /usr/bin, until the case is over. */
export async function wrap(bench: Bench, name: string, program: string, script: string): Promise<void> {
  const node = bench.fleet.node(name);
  await wrapPrograms(node, { [program]: script });
  bench.undo(() => unwrapPrograms(node));
}

/** Shell commands that break a node, and those that mend it when the case is over; on its own namespaces, as root. */
export async function break_(bench: Bench, name: string, how: string, mend: string): Promise<void> {
  const { enter } = bench.fleet.node(name);
  bench.undo(() => enter(mend));
  await enter(`set -e\n${how}`);
}

/** A node's /usr/bin as links, changed by a shell command that runs in it; whole again when the case is over. */
export async function changePrograms(bench: Bench, name: string, how: string): Promise<void> {
  await break_(
    bench,
    name,
    `mkdir -p /run/fleet/bin /run/fleet/other-bin
mount --bind /usr/bin /run/fleet/bin
mount -t tmpfs tmpfs /run/fleet/other-bin
ln -s /run/fleet/bin/* /run/fleet/other-bin/
(cd /run/fleet/other-bin; ${how})
mount --bind /run/fleet/other-bin /usr/bin`,
    "/run/fleet/bin/umount -l /usr/bin /run/fleet/bin /run/fleet/other-bin",
  );
}

/** What a login's bash reads first, also for a command that ssh brings. */
export async function bashrc(bench: Bench, name: string, text: string): Promise<void> {
  const file = bench.fleet.node(name).kind === "sudo" ? "/home/admin/.bashrc" : "/root/.bashrc";
  await break_(bench, name, `cat >${file} <<'BASHRC'\n${text}\nBASHRC`, `rm -f ${file}`);
}
