import { isUtf8 } from "node:buffer";
import { closeSync, readFileSync, writeSync } from "node:fs";
import { constants } from "node:os";
import { exitCodes } from "./errors.ts";
import { main } from "./main.ts";
import { processTerminal } from "./render/process-terminal.ts";
import { removeScratchDirectories } from "./scratch-directory.ts";
import { version } from "./version.ts";

/** Milliseconds from an interruption to the end of the process, whatever the program still waits for. */
let lastResort = 5000;
/** Milliseconds that a program which was interrupted has for its last words. */
const lastWords = 500;

// `umask 177` is for files alone: a directory that its own user may not enter would stay so, ~/.cache for one
process.umask(process.umask() & 0o077);

const interruption = new AbortController();
let finished = false;
/** The exit code where nobody reads on; undefined where the program goes on all the same, and its own code holds. */
let unread: number | undefined = exitCodes.done;
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    interruption.abort();
    setTimeout(end, finished ? lastWords : lastResort).unref();
  });

// Nothing is under way any more, and the program still waits: for a shell that would be success, without a word.
process.once("beforeExit", () => {
  if (finished) return;
  process.stderr.write(
    `this is a bug in mclu ${version}: please report it with this line: it waits for what never comes\n`,
  );
  process.exitCode = exitCodes.failed;
});

// The terminal is gone: whatever runs on a node for this program ends with the connection, and a job goes on. What is ours
// here is removed at "exit", which a process that a signal kills does not come to.
const hungUp = 128 + constants.signals.SIGHUP;
process.once("SIGHUP", () => process.exit(hungUp));
process.on("exit", closeLostTerminals);

/**
 * Closes the streams whose terminal was closed: not even nothing can be written to them. Node sets terminals back last of
 * all, and aborts, with a core dump, at one that is there no more; what is closed it passes over.
 */
function closeLostTerminals(): void {
  for (const stream of [0, 1, 2])
    try {
      writeSync(stream, Buffer.alloc(0));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EIO") closeSync(stream);
    }
}

/**
 * Ends an interrupted process at once, with 130 for a shell. Not by `process.exit`: that waits for what cannot be
 * interrupted, such as the C library's question to a name server that is dead. So what goes at "exit" goes here.
 */
function end(): void {
  try {
    removeScratchDirectories();
  } finally {
    process.removeAllListeners("SIGINT");
    process.kill(process.pid, "SIGINT");
  }
}

// A reader that has seen enough (`| head -1`) is no error, and what a node still has to say is for nobody. What is changed
// goes on, and may fail.
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (code === "EPIPE" && unread === undefined) return;
  if (code === "EPIPE") process.exit(unread);
  // the terminal is gone, and the signal that says so is under way
  if (code === "EIO" && process.stdout.isTTY) process.exit(hungUp);
  process.stderr.write(`error: stdout cannot be written: ${code ?? message}\n`);
  process.exit(exitCodes.failed);
});
// who closed stderr, or lets it run into a full disk, shall have the answer and its exit code all the same
process.stderr.on("error", () => undefined);

/** A directory that was removed has a name still: what is looked for in it is not there, which is the truth. */
function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return process.env.PWD ?? "/";
  }
}

/**
 * Whether an argument is no UTF-8. Node puts U+FFFD for what it cannot read, and a name that has it means another file or
 * guest; what was typed only the kernel knows.
 */
function isGarbled(words: readonly string[]): boolean {
  try {
    return words.some((word) => word.includes("\ufffd")) && !isUtf8(readFileSync("/proc/self/cmdline"));
  } catch {
    return false;
  }
}

void main({
  argv: process.argv.slice(2),
  garbled: isGarbled(process.argv),
  env: process.env,
  cwd: workingDirectory(),
  terminal: processTerminal(process),
  signal: interruption.signal,
  self: [process.execPath, process.argv[1] ?? ""],
  changes: () => {
    unread = undefined;
  },
  relays: () => {
    unread = 128 + constants.signals.SIGPIPE;
  },
  takeTime: (milliseconds) => {
    lastResort = Math.max(lastResort, milliseconds);
  },
}).then((code) => {
  process.exitCode = code;
  finished = true;
  // what still holds the process up, a reader that does not read for one, is nobody's business any more
  if (interruption.signal.aborted) setTimeout(end, lastWords).unref();
});
