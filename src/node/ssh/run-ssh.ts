import { spawn } from "node:child_process";
import { kill } from "node:process";
import type { Readable } from "node:stream";
import { failed } from "../failure.ts";
import { createSlots } from "../slots.ts";
import { whenOver } from "../when-over.ts";
import type { RunSsh } from "./resolve.ts";

/** Seconds: a `Match exec` of the user's may run anything. */
const deadline = 20;
/** Most that is kept of each stream, characters; an answer of `ssh -G` has 5000. */
const limit = 1024 * 1024;
/** That run at once: whoever asks for a thousand nodes starts no thousand processes, and 32 with two jump hosts each wait for none. */
const atOnce = 96;

/**
 * Runs the `ssh` that PATH finds, without a terminal and in a process group of its own: when it is cut short, what a
 * `Match exec` has started goes too, which would hold its output open. Rejects with NodeError only when the signal aborts.
 * @param env the child's whole environment
 */
export function runSsh(env: Readonly<Record<string, string | undefined>>, signal?: AbortSignal): RunSsh {
  const slots = createSlots(atOnce);
  return (args) => slots.use(() => runOne(args, env, signal));
}

function runOne(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal | undefined,
): ReturnType<RunSsh> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(failed("lost", "interrupted", "mclu status"));
    const child = spawn("ssh", args, { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    if (!hasStreams(child)) {
      child.once("error", ({ message }) => resolve({ kind: "ended", code: 255, stdout: "", stderr: message }));
      return;
    }
    const stdout = gather(child.stdout);
    const stderr = gather(child.stderr);
    const settle = (settled: () => void) => {
      stopClock();
      signal?.removeEventListener("abort", onAbort);
      settled();
    };
    const cut = (settled: () => void) => {
      if (child.pid !== undefined) killGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      settle(settled);
    };
    const onAbort = () => cut(() => reject(failed("lost", "interrupted", "mclu status")));
    const late = `ssh -G had no answer within ${deadline} s: a Match exec that hangs, or an Include of what is no file? (ssh -vG names the files)\n`;
    const onLate = () => cut(() => resolve({ kind: "ended", code: 255, stdout: "", stderr: stderr() || late }));
    const stopClock = whenOver(deadline, onLate);
    child.once("error", (error: NodeJS.ErrnoException) => {
      const answer = { kind: "ended", code: 255, stdout: "", stderr: error.message } as const;
      settle(() => resolve(error.code === "ENOENT" ? { kind: "missing" } : answer));
    });
    child.once("close", (code) =>
      settle(() => resolve({ kind: "ended", code: code ?? 255, stdout: stdout(), stderr: stderr() })),
    );
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/** Where this process may open no more files Node makes none, whatever its types say; the error comes a tick later. */
function hasStreams({ stdout }: { readonly stdout?: Readable }): boolean {
  return stdout !== undefined;
}

function gather(stream: Readable): () => string {
  let text = "";
  stream.setEncoding("utf8").on("data", (more: string) => {
    if (text.length < limit) text += more;
  });
  stream.on("error", () => undefined);
  return () => text;
}

function killGroup(leader: number): void {
  try {
    kill(-leader, "SIGKILL");
  } catch {
    // nobody is left
  }
}
