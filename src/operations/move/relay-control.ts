import { failed } from "../../node/failure.ts";
import { jobQuery } from "../../node/jobs/read.ts";
import type { Node } from "../../node/node.ts";
import { withRelayedSocket } from "../../node/relayed-socket.ts";
import { quote } from "../../node/shell.ts";
import { controlDirectory, controlSocket, forgetControl, makeControl } from "./control-socket.ts";

/** Where libvirt of a node listens, modular daemons too: they keep the name for those who connect from elsewhere. */
const libvirtSocket = "/run/libvirt/libvirt-sock";

/** libvirt of the target, as tools on the source call it through this machine. */
export function relayedUri(id: string): string {
  return `qemu+unix:///system?socket=${controlSocket(id)}`;
}

/**
 * Makes the socket's directory, and removes both once the connection is gone that listens there: sshd leaves the socket
 * where it is when the client is killed, and no job may know of it by then. The connection is the sshd that this shell
 * descends from; its directory in /proc goes with it, whatever has its number afterwards.
 */
function guardedDirectory(id: string): string {
  const guard = `while [ -e stat ] && [ -d ${quote(controlDirectory(id))} ]; do sleep 1; done
${forgetControl(id)}`;
  return `${makeControl(id)}
pid=$$
until case $(cat "/proc/$pid/comm") in sshd*) : ;; *) false ;; esac; do
pid=$(sed 's/.*) [^ ]* \\([0-9]*\\) .*/\\1/' "/proc/$pid/stat")
[ "\${pid:-0}" -gt 1 ] || exit 0
done
cd "/proc/$pid" && setsid sh -c ${quote(guard)} </dev/null >/dev/null 2>&1 &`;
}

/**
 * Gives `work` a URI by which tools on the source reach libvirt of the target through this machine: a socket on the source,
 * in a directory that only its login and root may enter; both are gone afterwards, and when this process is killed. Rejects
 * with NodeError, and as `work` does.
 * @param id of the job, unguessable
 */
export async function withRelayedControl<T>(
  source: Node,
  target: Node,
  id: string,
  work: (control: string) => Promise<T>,
): Promise<T> {
  const path = controlSocket(id);
  const remove = () => source.ask(jobQuery(forgetControl(id)), { patient: true }).catch(() => undefined);
  const why = (await source.ask(jobQuery(guardedDirectory(id)), { patient: true })).trim();
  if (why !== "")
    throw failed(
      "denied",
      `it makes no directory for a socket: ${why}`,
      `mclu exec ${quote(source.name)} -- ls -ld /tmp`,
    );
  try {
    return await withRelayedSocket({ node: source, path }, { node: target, path: libvirtSocket }, () =>
      work(relayedUri(id)),
    );
  } finally {
    await remove();
  }
}
