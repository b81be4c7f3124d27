import { jobQuery } from "../../node/jobs/read.ts";
import type { Node } from "../../node/node.ts";
import { withRelayedSocket } from "../../node/relayed-socket.ts";
import { quote } from "../../node/shell.ts";
import { controlSocket } from "./move-shell.ts";

/** Where libvirt of a node listens, modular daemons too: they keep the name for those who connect from elsewhere. */
const libvirtSocket = "/run/libvirt/libvirt-sock";

/** libvirt of the target, as tools on the source call it through this machine. */
export function relayedUri(id: string): string {
  return `qemu+unix:///system?socket=${controlSocket(id)}`;
}

/**
 * Gives `work` a URI by which tools on the source reach libvirt of the target through this machine: a socket on the source,
 * 0600, that is gone afterwards. Rejects with NodeError, and as `work` does.
 * @param id of the job, unguessable
 */
export async function withRelayedControl<T>(
  source: Node,
  target: Node,
  id: string,
  work: (control: string) => Promise<T>,
): Promise<T> {
  const path = controlSocket(id);
  const remove = () => source.ask(jobQuery(`rm -f -- ${quote(path)}`), { patient: true }).catch(() => undefined);
  try {
    return await withRelayedSocket({ node: source, path }, { node: target, path: libvirtSocket }, () =>
      work(relayedUri(id)),
    );
  } finally {
    await remove();
  }
}
