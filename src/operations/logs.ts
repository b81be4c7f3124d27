import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes, UserError, worstExitCode } from "../errors.ts";
import { type LogDirectory, logDirectory } from "../libvirt/guest-log.ts";
import { quote } from "../node/shell.ts";
import type { CommandEnd, Sink } from "../node/stream-command.ts";
import { askOne } from "./ask-one.ts";
import { findOneGuest } from "./find-one-guest.ts";
import type { NodeAnswer } from "./list.ts";
import { readExitCode } from "./silence.ts";

export interface LogsOptions {
  /** The last so many; `all`: from the beginning. */
  readonly lines: number | "all";
  /** Goes on until the signal. */
  readonly follow: boolean;
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called once with the nodes that were asked where the guest is. */
  readonly onFound?: (nodes: readonly NodeAnswer[]) => void;
  readonly onStdout: Sink;
  readonly onStderr: Sink;
}

/** What the script says by its exit code. tail itself ends with 0 or 1. */
const noSuchFile = 66;
const notReadable = 77;

/**
 * Hands on the end of the log that the hypervisor wrote for a guest. Throws UserError as `findGuests` does, and where
 * there is no log or it cannot be read.
 */
export async function logs(cluster: Cluster, selector: string, options: LogsOptions): Promise<ExitCode> {
  const { signal, onStdout, onStderr } = options;
  const { guest, nodes } = await findOneGuest(cluster, selector, options);
  options.onFound?.(nodes);
  const { node, name } = guest;
  const directory = logDirectory(node.settings.uri);
  if (!directory)
    throw new UserError(`${node.name} keeps no logs of its guests: its libvirt is ${node.settings.uri}`, {
      hint: "there are logs for qemu:///system, qemu:///session, lxc, xen and ch",
    });
  const shell = tailScript(directory, name, options);
  const end = await askOne(cluster, node, () => node.stream({ shell }, { onStdout, onStderr, signal }));
  return worstExitCode([conclude(end, node.name, name, describe(directory, name)), readExitCode(nodes, options.nodes)]);
}

function tailScript(directory: LogDirectory, name: string, { lines, follow }: LogsOptions): string {
  const home = directory.in === "home" ? `"\${XDG_CACHE_HOME:-$HOME/.cache}"/` : "";
  // -F: libvirt starts a new file when the log has become large
  const tail = `tail -n ${lines === "all" ? "+1" : lines}${follow ? " -F" : ""}`;
  return `d=${home}${quote(directory.path)}
f=$d/${quote(`${name}.log`)}
if [ -r "$f" ]; then exec ${tail} -- "$f"
elif [ -e "$f" ] || { [ -d "$d" ] && [ ! -x "$d" ]; }; then exit ${notReadable}
else exit ${noSuchFile}; fi`;
}

function describe(directory: LogDirectory, name: string): string {
  return `${directory.in === "home" ? "~/.cache/" : ""}${directory.path}/${name}.log`;
}

function conclude(end: CommandEnd, node: string, name: string, path: string): ExitCode {
  if (end.kind === "interrupted") return exitCodes.interrupted;
  if (end.kind === "exit" && end.code === noSuchFile)
    throw new UserError(`${name} has no log on ${node}: there is no ${path}`, {
      hint: "libvirt writes one when it starts a guest there",
    });
  if (end.kind === "exit" && end.code === notReadable)
    throw new UserError(`this login may not read ${path} on ${node}`, {
      hint: `set become = sudo in [node.${node}]`,
    });
  return end.kind === "exit" && end.code === 0 ? exitCodes.done : exitCodes.failed;
}
