import { stat } from "node:fs/promises";
import { failed, type NodeError } from "../failure.ts";
import { quote } from "../shell.ts";
import type { SshSettings } from "../ssh/ssh-settings.ts";
import type { LoginContext } from "./failure.ts";

/**
 * Refuses a known_hosts that is a pipe or a device before ssh is run: it reads to the end, which may never come, and a line
 * without one into as much memory as there is. That says nothing of the host. Rejects with NodeError.
 * @param jump the jump host whose settings they are
 */
export async function refuseEndlessKnownHosts(
  { userKnownHostsFiles, globalKnownHostsFiles }: SshSettings,
  jump?: string,
): Promise<void> {
  const known = await firstEndless([...userKnownHostsFiles, ...globalKnownHostsFiles]);
  if (known === undefined) return;
  const detail = `ssh would wait for the end of ${known}, which is no file but must be one for known_hosts`;
  const hint = `ls -l ${quote(known)}`;
  if (jump === undefined) throw failed("host-key-unknown", detail, hint);
  throw failed("jump", `jump host ${jump}: host-key-unknown: ${detail}`, hint);
}

/** Whether time ran out because ssh waits for a key of this machine: it reads a pipe as well, where ssh2 gives up. */
export async function endlessKey({ node, ssh }: LoginContext): Promise<NodeError | undefined> {
  const keys = [...(node.identity === undefined ? [] : [node.identity]), ...ssh.identityFiles, ...ssh.certificateFiles];
  const key = await firstEndless(keys);
  if (key === undefined) return undefined;
  const detail = `${ssh.user} was not let in: ssh waited for the end of ${key}, which is no file`;
  return failed("auth", detail, `ls -l ${quote(key)}`);
}

async function firstEndless(paths: readonly string[]): Promise<string | undefined> {
  const nothing = await stat("/dev/null").catch(() => undefined);
  for (const path of paths) {
    const file = await stat(path).catch(() => undefined);
    if (file?.isFIFO() || file?.isBlockDevice() || (file?.isCharacterDevice() && file.rdev !== nothing?.rdev))
      return path;
  }
  return undefined;
}
