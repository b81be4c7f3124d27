import { posix } from "node:path";
import { isNetworkFileSystem } from "../../libvirt/file-system.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import type { Query } from "../../libvirt/query.ts";
import type { Node } from "../../node/node.ts";
import { makeNonce } from "../../node/run-script.ts";

/** How a disk's file looks from the node that the guest goes to. */
export type Sharing =
  /** The very file is there too. `known`: libvirt itself takes its file system for a shared one. */
  | { readonly kind: "shared"; readonly known: boolean }
  /** Nothing has its name there. */
  | { readonly kind: "absent" }
  /** Something else has its name there. */
  | { readonly kind: "taken" };

/** What libvirt takes for shared storage (virFileIsSharedFS): FUSE of any kind but GlusterFS it does not. */
const unknownToLibvirt = /^fuse/i;

/**
 * Whether two nodes see one file under this path. What tells is a file that is made beside it and is then there, or not,
 * on the other node: inodes and sizes may be alike by chance. Rejects with NodeError.
 */
export async function sharingOf(
  source: Node,
  target: Node,
  path: string,
  signal: AbortSignal | undefined,
): Promise<Sharing> {
  const ask = { signal, patient: true };
  const [[here], [there]] = await Promise.all([
    source.ask(filesQuery([path]), ask),
    target.ask(filesQuery([path]), ask),
  ]);
  if (!there) return { kind: "absent" };
  if (!here || !isNetworkFileSystem(here.fileSystem) || !isNetworkFileSystem(there.fileSystem))
    return { kind: "taken" };
  const probe = `${posix.dirname(path)}/.mclu-probe-${makeNonce()}`;
  try {
    const made = await source.ask(shell('( umask 077; set -C; : >"$1" ) 2>/dev/null', probe), ask);
    const [seen] = made ? await target.ask(filesQuery([probe]), ask) : [];
    return seen ? { kind: "shared", known: !unknownToLibvirt.test(there.fileSystem) } : { kind: "taken" };
  } finally {
    await source.ask(shell('rm -f -- "$1"', probe), { patient: true }).catch(() => undefined);
  }
}

function shell(script: string, path: string): Query<boolean> {
  return { steps: [{ run: ["sh", "-c", script, "mclu", path] }], parse: ([answer]) => answer?.code === 0 };
}
