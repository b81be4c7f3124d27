import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { failed } from "../failure.ts";
import { quietEnvironment } from "../ssh/quiet-environment.ts";
import { started } from "../started.ts";
import type { Channel, ChannelEnd } from "../transport.ts";
import { commandArguments } from "./arguments.ts";
import { type Master, newsDelay } from "./master.ts";

/** ssh's exit code when it, and not the command, has failed; a command may end with it all the same. */
const ownFailure = 255;

let channels = 0;

/**
 * Starts a command over a login that stands. Rejects with NodeError: `lost` where it does not stand any more.
 * @param host only shown by `ps`
 * @param terminal whether the command gets a terminal; its size is unknown
 */
export async function openChannel(
  master: Master,
  host: string,
  command: string,
  env: Readonly<Record<string, string | undefined>>,
  terminal: boolean,
): Promise<Channel> {
  if (!master.isAlive()) throw failed("lost", "the connection was closed", "mclu status");
  const refusal = join(master.directory, `refused-${++channels}`);
  const argv = commandArguments(master.directory, host, { refusal, terminal, command });
  const options = { stdio: "pipe", env: quietEnvironment(env), detached: true } as const;
  const child = await started("ssh", () => spawn("ssh", argv, options));
  // a command that ends early leaves stdin broken: the exit code tells, not the pipe
  for (const stream of [child.stdin, child.stdout, child.stderr]) stream.on("error", () => undefined);
  const explain = async (code: number | null, signal: NodeJS.Signals | null): Promise<ChannelEnd> => {
    if (code === null) return { kind: "lost", detail: `ssh was ended by ${signal}` };
    if (code !== ownFailure) return { kind: "exit", code };
    if (existsSync(refusal)) return { kind: "lost", detail: "the connection carries no more commands" };
    await Promise.race([master.ended, sleep(newsDelay)]);
    return master.isAlive() ? { kind: "exit", code } : { kind: "lost", detail: "ssh ended" };
  };
  const ended = new Promise<ChannelEnd>((resolve) => {
    child.once("close", (code, signal) => resolve(explain(code, signal)));
  });
  const close = () => {
    child.kill();
    child.stdin.destroy();
    child.stdout.destroy();
    child.stderr.destroy();
  };
  return { stdin: child.stdin, stdout: child.stdout, stderr: child.stderr, ended, close };
}
