import { failed } from "../failure.ts";
import { outOfFiles } from "./out-of-files.ts";

/** Why ssh2 cannot serve in a process that may have few addresses; a phrase. */
export const tooFewAddresses = "ssh2 wants 10 GB of addresses, though not of memory, and this process may have less";

let hasRoom: boolean | undefined;

/**
 * Whether ssh2 can run in this process: a part of it is WebAssembly, for each memory of which Node takes 10 GB of addresses,
 * whatever its size. Where it may not have them (`ulimit -v`), or Node has no WebAssembly (`--jitless`), ssh2 (1.17) ends the
 * process with an exception that nobody can catch. The question takes 0.1 ms.
 */
export function hasRoomForSsh2(): boolean {
  hasRoom ??= canHoldMemory();
  return hasRoom;
}

/** What the types of Node leave to those of a browser. */
interface WithWebAssembly {
  readonly WebAssembly?: { readonly Memory: new (size: { readonly initial: number }) => unknown };
}

function canHoldMemory(): boolean {
  const { WebAssembly: here } = globalThis as WithWebAssembly;
  try {
    return here !== undefined && Boolean(new here.Memory({ initial: 1 }));
  } catch {
    return false;
  }
}

/**
 * ssh2, which takes longer to load than the rest of the program: only where a connection is made. Rejects with NodeError
 * where this machine may open no more files, when the next node may have more luck, and where there is no room for it.
 */
export async function loadSsh2() {
  if (!hasRoomForSsh2()) throw failed("no-network", tooFewAddresses, "ulimit -v unlimited");
  try {
    return (await import("ssh2")).default;
  } catch (error) {
    throw outOfFiles(error) ?? error;
  }
}
