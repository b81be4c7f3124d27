import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, watch } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { kill } from "node:process";
import type { Readable } from "node:stream";
import { temporaryDirectory } from "../../temporary-directory.ts";
import { failed } from "../failure.ts";
import { isOutOfFiles } from "../ssh/out-of-files.ts";
import { quietEnvironment } from "../ssh/quiet-environment.ts";
import { started } from "../started.ts";
import { whenOver } from "../when-over.ts";
import { commandKeysFile, controlSocket, shownKeyFile } from "./arguments.ts";

/** A login that stands: commands run over it until it ends. */
export interface Master {
  readonly directory: string;
  /** Whether the connection is still there. */
  isAlive(): boolean;
  /** Settles when the connection has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends the connection and all that belongs to it; nothing is left of it, at the latest a second later. */
  close(): void;
}

/** What is known of a login that failed. */
export interface LoginFailure {
  readonly kind: "refused" | "deadline" | "interrupted" | "no-ssh";
  /** The last line that ssh said; may be empty. For the user's eyes, nothing goes by it. */
  readonly said: string;
  /** The login itself had succeeded; as far as can be told. */
  readonly wasIn: boolean;
  /** What the host has shown. */
  readonly shown: Shown;
  /** What the jump hosts before it have shown, the nearest first. */
  readonly jumps: readonly Shown[];
}

export interface Shown {
  /** The host key, `TYPE BASE64`; undefined: it came to none. */
  readonly key: string | undefined;
  /** Lines of known_hosts that the user's KnownHostsCommand gave. */
  readonly commandKeys: string;
}

export interface MasterOptions {
  readonly argv: (directory: string) => readonly string[];
  /** A connected, paused socket for ssh to take over. */
  readonly socket: Socket | undefined;
  /** How many jump hosts are on the way. */
  readonly jumps: number;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** For the login. */
  readonly seconds: number;
  readonly signal: AbortSignal | undefined;
}

/**
 * ssh in place of the shell, beside it a guard that waits for our end of a pipe to close, as it does when this process is
 * killed: then the whole process group and the directory go.
 */
const guarded = `{ read -r _ <&3; rm -rf -- "$0"; kill -s KILL -- "-$$"; } </dev/null >/dev/null 2>&1 &
exec ssh "$@" 3<&-`;

/** Milliseconds in which the end of a connection becomes known, once a channel of it has ended. */
export const newsDelay = 200;
/** Milliseconds between two looks for the control socket. */
const lookInterval = 10;
/** Milliseconds for ssh to take its leave. */
const farewell = 1000;
const saidLimit = 4096;

/**
 * Logs in. Settles when commands can be run, or when it is certain that they cannot; never rejects for the host's sake, but
 * with NodeError where nothing can be started here.
 */
export async function startMaster(options: MasterOptions): Promise<{ kind: "ready"; master: Master } | LoginFailure> {
  const { argv, socket, env, seconds, signal, jumps } = options;
  const connection = socket ?? "ignore";
  let directory = "";
  const start = () => {
    directory = privateDirectory();
    return spawn("/bin/sh", ["-c", guarded, directory, ...argv(directory)], {
      stdio: [connection, connection, "pipe", "pipe"],
      env: quietEnvironment(env),
      // a process group of its own, and no terminal to ask on
      detached: true,
    });
  };
  const child = await started("/bin/sh", start)
    .catch((error: unknown) => {
      if (directory !== "") rmSync(directory, { recursive: true, force: true });
      throw error;
    })
    .finally(() => socket?.destroy());
  const said = keepLast(child.stdio[2] as Readable);
  const master = masterOf(child, directory);
  const socketMade = watchForSocket(directory);
  return new Promise((resolve) => {
    const settle = () => {
      clearInterval(looking);
      socketMade.stop();
      stopClock();
      child.off("close", onClose);
      signal?.removeEventListener("abort", onAbort);
    };
    const fail = (kind: LoginFailure["kind"]) => {
      settle();
      const ofJumps = Array.from({ length: jumps }, (_, jump) => readShown(directory, jump));
      resolve({ kind, said: said(), wasIn: socketMade.seen(), shown: readShown(directory), jumps: ofJumps });
      master.close();
    };
    const onAbort = () => fail("interrupted");
    // what the kernel has to say of the directory is heard by then
    const onClose = (code: number | null) =>
      void setImmediate(() => setImmediate(fail, code === 127 ? "no-ssh" : "refused"));
    // what ended meanwhile has said why, though its guard is still being ended
    const onLate = () => (child.exitCode === null ? fail("deadline") : onClose(child.exitCode));
    const stopClock = whenOver(seconds, onLate);
    const looking = setInterval(() => {
      // ssh listens there once it is logged in, not before
      if (!existsSync(controlSocket(directory))) return;
      settle();
      void master.ended.then(master.close);
      resolve({ kind: "ready", master });
    }, lookInterval);
    child.once("close", onClose);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}

/**
 * Notes that ssh has made its control socket, which it does once it is logged in, also where it is gone again before
 * anybody looks for it: a server may let somebody in and hang up.
 */
function watchForSocket(directory: string): { seen(): boolean; stop(): void } {
  let made = false;
  try {
    const watcher = watch(directory, (_, name) => {
      if (name !== null && join(directory, name) === controlSocket(directory)) made = true;
    });
    watcher.on("error", () => undefined);
    return { seen: () => made, stop: () => watcher.close() };
  } catch {
    // this user may watch no more: then nobody knows
    return { seen: () => false, stop: () => undefined };
  }
}

function masterOf(child: ChildProcess, directory: string): Master {
  let alive = true;
  let killing: NodeJS.Timeout | undefined;
  const killGroup = (signal: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) kill(-child.pid, signal);
    } catch {
      // gone already
    }
  };
  const ended = new Promise<void>((resolve) => {
    const onEnd = () => {
      if (!alive) return;
      alive = false;
      clearTimeout(killing);
      // the guard, and what a ProxyCommand may have left
      killGroup("SIGKILL");
      resolve();
    };
    child.once("exit", onEnd).once("error", onEnd);
  });
  const close = () => {
    rmSync(directory, { recursive: true, force: true });
    if (!alive || killing !== undefined) return;
    killGroup("SIGTERM");
    killing = setTimeout(killGroup, farewell, "SIGKILL");
  };
  return { directory, isAlive: () => alive, ended, close };
}

/** 0700. Its path needs no quotes anywhere, and leaves room for a socket's name in the 104 bytes that some systems allow. */
function privateDirectory(): string {
  const wanted = temporaryDirectory();
  const base = /^[\w./-]{1,60}$/.test(wanted) ? wanted : "/tmp";
  try {
    return mkdtempSync(`${base}/mclu-`);
  } catch (error) {
    if (isOutOfFiles((error as NodeJS.ErrnoException).code)) throw error;
    const detail = `no directory of our own can be made: ${(error as Error).message}`;
    throw failed("no-network", detail, `ls -ld ${base}; df ${base}`, error);
  }
}

/** The last line of a stream, when asked. */
function keepLast(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-saidLimit);
  });
  stream.on("error", () => undefined);
  return () => text.trim().split("\n").at(-1)?.trim() ?? "";
}

function readShown(directory: string, jump?: number): Shown {
  const key = read(shownKeyFile(directory, jump)).trim() || undefined;
  return { key, commandKeys: read(commandKeysFile(directory, jump)) };
}

function read(file: string): string {
  try {
    return readFileSync(file, "latin1");
  } catch {
    return "";
  }
}
