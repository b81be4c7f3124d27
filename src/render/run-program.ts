import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** Milliseconds after which a program that stopped is looked at: Ctrl-Z stops this one too, which then goes on beside it. */
const stopped = 50;

/**
 * Gives the terminal to a program until it ends, and gives its exit code; null where a signal ended it. Rejects where it
 * cannot be started. Ctrl-C is the program's meanwhile: an editor has uses for it. SIGTERM, when the signal is aborted,
 * reaches it by us. Where it stops itself alone, as ssh does for `~^Z`, so does this process: the shell waits for that one.
 */
export async function runProgram(
  real: NodeJS.Process,
  [command = "", ...words]: readonly string[],
  signal?: AbortSignal,
): Promise<number | null> {
  const listeners = real.rawListeners("SIGINT");
  const ignore = () => undefined;
  real.removeAllListeners("SIGINT").on("SIGINT", ignore);
  try {
    const child = spawn(command, words, { stdio: "inherit" });
    const end = () => void child.kill("SIGTERM");
    const follow = () => setTimeout(() => isStopped(child.pid) && real.kill(real.pid, "SIGTSTP"), stopped).unref();
    if (real.stdin.isTTY) real.on("SIGCHLD", follow);
    signal?.addEventListener("abort", end, { once: true });
    return await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("exit", resolve);
    }).finally(() => {
      real.off("SIGCHLD", follow);
      signal?.removeEventListener("abort", end);
    });
  } finally {
    real.off("SIGINT", ignore);
    for (const listener of listeners) real.on("SIGINT", listener as () => void);
  }
}

/** By the letter behind its name (proc(5)), which may hold blanks and parentheses. */
function isStopped(pid: number | undefined): boolean {
  try {
    return /^.*\) T /s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}
