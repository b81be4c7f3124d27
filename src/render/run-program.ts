import { spawn } from "node:child_process";

/**
 * Gives the terminal to a program until it ends, and gives its exit code; null where a signal ended it. Rejects where it
 * cannot be started. Ctrl-C is the program's meanwhile: an editor has uses for it. SIGTERM, when the signal is aborted,
 * reaches it by us.
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
    signal?.addEventListener("abort", end, { once: true });
    return await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject).once("exit", resolve);
    }).finally(() => signal?.removeEventListener("abort", end));
  } finally {
    real.off("SIGINT", ignore);
    for (const listener of listeners) real.on("SIGINT", listener as () => void);
  }
}
