import { failed, type NodeError } from "../failure.ts";

/** What to type where this process may open no more files. */
export const moreFiles = "ulimit -n 4096";

/** Whether this process, or this machine, may open no more files: of the file that was wanted it says nothing. */
export function isOutOfFiles(code: unknown): boolean {
  return code === "EMFILE" || code === "ENFILE";
}

/** The failure of a node that could not be asked for want of open files here; undefined for every other error. */
export function outOfFiles(error: unknown): NodeError | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (!isOutOfFiles(code)) return undefined;
  return failed("no-network", `${code}: this machine may open no more files`, moreFiles, error);
}
