import type { ChildProcess } from "node:child_process";
import { failed, NodeError } from "./failure.ts";
import { outOfFiles } from "./ssh/out-of-files.ts";

/**
 * A child process once it runs: where this machine may open no more files Node makes one without streams, whatever its
 * types say, and its error comes a tick later. Rejects with NodeError where it cannot be started.
 * @param file its name, for the message
 */
export async function started<T extends ChildProcess>(file: string, start: () => T): Promise<T> {
  try {
    const child = start();
    await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
    return child;
  } catch (error) {
    if (error instanceof NodeError) throw error;
    throw outOfFiles(error) ?? cannotStart(file, error as NodeJS.ErrnoException);
  }
}

function cannotStart(file: string, error: NodeJS.ErrnoException) {
  const { code = error.message } = error;
  if (code === "ENOENT") return failed("protocol", `there is no ${file} on this machine`, `command -v ${file}`, error);
  const detail = `${code}: this machine may start no more processes`;
  return failed("no-network", detail, code === "EAGAIN" ? "ulimit -u" : "free", error);
}
