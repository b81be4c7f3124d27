import type { NodeSettings } from "../node/settings.ts";

/** How a node is named to `ssh` and `ssh-copy-id` on another node: a port, and a user where one is configured. */
export function loginWords({ host, user, port }: Pick<NodeSettings, "host" | "user" | "port">): readonly string[] {
  return [...(port === undefined ? [] : ["-p", String(port)]), user === undefined ? host : `${user}@${host}`];
}

/**
 * What lets a node log in to another one.
 * @param login the other one, as `loginWords` says it, quoted for the shell
 */
export function letLogin(node: string, login: string): string {
  return `on ${node}, as the user that mclu works as there: ssh-copy-id ${login}, and ssh ${login} once`;
}
