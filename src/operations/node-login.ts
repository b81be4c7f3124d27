import type { NodeSettings } from "../node/settings.ts";
import { commandLine, quote } from "../node/shell.ts";

/** How a node is named to `ssh` and `ssh-copy-id` on another node: a port, and a user where one is configured. */
export function loginWords({ host, user, port }: Pick<NodeSettings, "host" | "user" | "port">): readonly string[] {
  return [...(port === undefined ? [] : ["-p", String(port)]), user === undefined ? host : `${user}@${host}`];
}

/**
 * Options of a node's own ssh that reaches another one: without a question, and never a host whose key is unknown or has
 * changed, also where that node's ssh_config says `StrictHostKeyChecking no`, and through no connection that was made so.
 */
export const nodeToNode: readonly string[] = [
  "-o",
  "BatchMode=yes",
  "-o",
  "StrictHostKeyChecking=yes",
  "-o",
  "ControlPath=none",
];

/** What lets a node reach another one whose host key is unknown there, or another than it was. */
export function letKnow(node: string, settings: Pick<NodeSettings, "host" | "user" | "port">): string {
  const { host, port } = settings;
  const known = port === undefined || port === 22 ? host : `[${host}]:${port}`;
  const login = commandLine(loginWords(settings));
  return `on ${node}, as the user that mclu works as there: ssh-keygen -R ${quote(known)}, and ssh -o StrictHostKeyChecking=ask ${login} once, which shows the key`;
}

/**
 * What lets a node log in to another one.
 * @param login the other one, as `loginWords` says it, quoted for the shell
 */
export function letLogin(node: string, login: string): string {
  return `on ${node}, as the user that mclu works as there: ssh-copy-id ${login}, and ssh ${login} once`;
}
