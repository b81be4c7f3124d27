import { mkdtempSync, rmSync } from "node:fs";
import process from "node:process";

/** A directory (0700) of this process, for what nobody else is to see. */
export interface ScratchDirectory {
  readonly path: string;
  remove(): void;
}

const atEnd = new Set<() => void>();
let watching = false;

function watchEnd(): void {
  if (watching) return;
  watching = true;
  process.once("exit", removeScratchDirectories);
}

/** Removes what there is of this process; for whoever ends it by a signal, which is no "exit". */
export function removeScratchDirectories(): void {
  for (const end of atEnd) end();
}

/**
 * Makes a directory, of which nothing is left when the process ends by itself. Throws the file system's error.
 * @param prefix of its path
 * @param isWanted whether it has to outlast the process
 */
export function makeScratchDirectory(prefix: string, isWanted: () => boolean = () => false): ScratchDirectory {
  watchEnd();
  const path = mkdtempSync(prefix);
  const end = () => void (isWanted() || remove());
  const remove = () => {
    atEnd.delete(end);
    rmSync(path, { recursive: true, force: true });
  };
  atEnd.add(end);
  return { path, remove };
}
