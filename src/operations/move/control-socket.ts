import { quote } from "../../node/shell.ts";

/**
 * The directory of a job that its login and root alone may enter: what mode sshd gives a socket is its own settings' matter
 * (`StreamLocalBindMask`).
 */
export function controlDirectory(id: string): string {
  return `/tmp/.mclu-${id}`;
}

/**
 * The socket on the source that leads to the target's libvirt, where that goes through the client. Its name is its own:
 * whatever somebody puts in the directory's place afterwards, `forgetControl` removes no file of another name.
 */
export function controlSocket(id: string): string {
  return `${controlDirectory(id)}/${id}`;
}

/** Makes the directory, for the login also where sudo runs this. Where that cannot be done it says why, and ends the shell. */
export function makeControl(id: string): string {
  const directory = quote(controlDirectory(id));
  return `{ mkdir -m 700 -- ${directory} && chown -h -- "\${SUDO_UID:-$(id -u)}" ${directory}; } 2>&1 || { rmdir -- ${directory} 2>/dev/null; exit 0; }`;
}

/** sshd leaves the socket where it is when the client is killed that had it made; then it leads nowhere. */
export function forgetControl(id: string): string {
  return `rm -f -- ${quote(controlSocket(id))}; rmdir -- ${quote(controlDirectory(id))} 2>/dev/null || :`;
}
