import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { PassThrough, pipeline, type Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { failed } from "../failure.ts";
import { NoSession } from "../full-connection.ts";
import { quietEnvironment } from "../ssh/quiet-environment.ts";
import { started } from "../started.ts";
import type { Channel, ChannelEnd } from "../transport.ts";
import { commandArguments } from "./arguments.ts";
import { type Master, newsDelay } from "./master.ts";

/** ssh's exit code when it, and not the command, has failed; a command may end with it all the same. */
const ownFailure = 255;

let channels = 0;

/** What a command runs over. */
export interface Way {
  readonly master: Master;
  /** Only shown by `ps`. */
  readonly host: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `loginCommand` of the node, for hints. */
  readonly login: string;
}

/**
 * Starts a command over a login that stands; settles when it runs, or has ended. Rejects with NodeError: `lost` where the
 * login does not stand any more, NoSession where the server opens no session on it.
 * @param how `terminal`: whether the command gets one; its size is unknown. `first`: what its stdin begins with; ssh sends it
 * with the request for the command, and reads nothing of it where no session is opened
 */
export async function openChannel(
  { master, host, env, login }: Way,
  command: string,
  { terminal, first }: { readonly terminal: boolean; readonly first?: string | undefined },
): Promise<Channel> {
  if (!master.isAlive()) throw failed("lost", "the connection was closed", "mclu status");
  const refusal = join(master.directory, `refused-${++channels}`);
  const argv = commandArguments(master.directory, host, { refusal, terminal, command: `${sayOpen}${command}` });
  const options = { stdio: "pipe", env: quietEnvironment(env), detached: true } as const;
  const child = await started("ssh", () => spawn("ssh", argv, options));
  // a command that ends early leaves stdin broken: the exit code tells, not the pipe
  child.stdin.on("error", () => undefined);
  if (first !== undefined) child.stdin.write(first);
  const [stdout, stderr] = [keep(child.stdout), keep(child.stderr)];
  const explain = async (code: number | null, signal: NodeJS.Signals | null): Promise<ChannelEnd> => {
    if (code === null) return { kind: "lost", detail: `ssh was ended by ${signal}` };
    if (code !== ownFailure) return { kind: "exit", code };
    await Promise.race([master.ended, sleep(newsDelay)]);
    return master.isAlive() ? { kind: "exit", code } : { kind: "lost", detail: "ssh ended" };
  };
  const exit = new Promise<ChannelEnd>((resolve) => {
    child.once("close", (code, signal) => resolve(explain(code, signal)));
  });
  const ended = Promise.all([exit, closed(stdout), closed(stderr)]).then(([end]) => end);
  const close = () => {
    child.kill();
    for (const stream of [child.stdin, child.stdout, child.stderr, stdout, stderr]) stream.destroy();
  };
  await begun(child, child.stdout);
  if (child.exitCode === ownFailure && existsSync(refusal)) {
    close();
    await Promise.race([master.ended, sleep(newsDelay)]);
    throw master.isAlive() ? new NoSession(login) : failed("lost", "ssh ended", "mclu status");
  }
  return { stdin: child.stdin, stdout, stderr, ended, close, ...(first !== undefined && { begun: true as const }) };
}

/**
 * By its first byte a session is known that was opened, in words that every shell knows; it comes before any answer, where
 * what a login says of itself comes as well: every command of ours is read from its own mark on.
 */
const sayOpen = "echo; ";

/** Settles with the first byte of the command, or when there will be none. */
async function begun(child: ChildProcess, stdout: Readable): Promise<void> {
  await new Promise<void>((resolve) => {
    stdout.once("data", () => resolve());
    child.once("exit", () => resolve());
  });
}

/** What a stream says, until somebody listens: Node throws away what a child has said that ends before. */
function keep(stream: Readable): Readable {
  const kept = new PassThrough();
  // one that is cut off ends the other: the end of the channel says why
  kept.on("error", () => undefined);
  pipeline(stream, kept, () => undefined);
  return kept;
}

function closed(stream: Readable): Promise<void> {
  return new Promise((resolve) => stream.once("close", () => resolve()));
}
