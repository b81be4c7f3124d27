import { stat } from "node:fs/promises";
import { failed, type NodeError } from "../failure.ts";
import { quote } from "../shell.ts";
import type { LoginContext } from "./failure.ts";

/**
 * Whether time ran out because ssh waits for a file of this machine: it reads a pipe or a device to its end, which may never
 * come, where ssh2 gives up. That says nothing of the host.
 */
export async function endlessFile({ node, ssh }: LoginContext): Promise<NodeError | undefined> {
  const known = await firstEndless([...ssh.userKnownHostsFiles, ...ssh.globalKnownHostsFiles]);
  if (known !== undefined)
    return failed("host-key-unknown", `ssh waited for the end of ${known}, which is no file`, `ls -l ${quote(known)}`);
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
    if (file?.isFIFO() || (file?.isCharacterDevice() && file.rdev !== nothing?.rdev)) return path;
  }
  return undefined;
}
