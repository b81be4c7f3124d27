import { spawn } from "node:child_process";

/**
 * Gives the terminal to a program until it ends, and gives its exit code; null where a signal ended it. Rejects where it
 * cannot be started. Ctrl-C is the program's meanwhile: an editor has uses for it.
 */
export async function runProgram(
  real: NodeJS.Process,
  [command = "", ...words]: readonly string[],
): Promise<number | null> {
  const listeners = real.rawListeners("SIGINT");
  const ignore = () => undefined;
  real.removeAllListeners("SIGINT").on("SIGINT", ignore);
  try {
    const child = spawn(command, words, { stdio: "inherit" });
    return await new Promise((resolve, reject) => {
      child.once("error", reject).once("exit", resolve);
    });
  } finally {
    real.off("SIGINT", ignore);
    for (const listener of listeners) real.on("SIGINT", listener as () => void);
  }
}
