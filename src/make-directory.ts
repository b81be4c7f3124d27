import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname } from "node:path";

/**
 * `mkdir -p`; what it makes gets the mode. Throws the file system's error. Not Node's own `recursive`: on a file system
 * that answers ENOENT below a directory that exists, as /proc does, Node 20 tries for ever.
 */
export function makeDirectory(path: string, mode = 0o777): void {
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(path);
    if (code === "ENOENT" && !existsSync(parent)) {
      makeDirectory(parent, mode);
      mkdirSync(path, { mode });
    } else if (code !== "EEXIST" || !statSync(path).isDirectory()) {
      throw error;
    }
  }
}
