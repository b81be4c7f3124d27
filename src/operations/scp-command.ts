import type { Node } from "../node/node.ts";
import { commandLine } from "../node/shell.ts";

/**
 * What copies a file from one node to the same place on another, to be typed. Before OpenSSH 9.0 the shells of both read its
 * path, which the definition of a guest may have chosen: an odd one goes by SFTP, which no shell reads.
 */
export function scpCommand(from: Node, to: Node, path: string): string {
  const isPlain = /^[\w./+@,-]+$/.test(path);
  return commandLine([
    "scp",
    ...(isPlain ? [] : ["-s"]),
    "-3",
    ...[from, to].map(({ settings }) => `${settings.host}:${path}`),
  ]);
}
