import { kernelReader, softLimit } from "../threads.ts";

const plenty = 32;
/** What a process of Node has open by itself, with what a command reads and writes. */
const besides = 24;
/** Of a connection: its socket, and another for a moment (an agent's, a name server's). */
const each = 2;

/**
 * How many nodes are asked at once where nobody says: as many as there may be open files for. Where there are too few, not
 * some of the nodes would fail but all, for ssh2 is read once the first sockets are open.
 * @param read the text of a file of the kernel's; undefined where there is none
 */
export function defaultFanout(read: (path: string) => string | undefined = kernelReader()): number {
  const files = softLimit(read("/proc/self/limits") ?? "", "Max open files");
  return Math.max(1, Math.min(plenty, Math.floor((files - besides) / each)));
}
