import { outOfFiles } from "./out-of-files.ts";

/**
 * ssh2, which takes longer to load than the rest of the program: only where a connection is made. Rejects with NodeError
 * where this machine may open no more files; the next node may have more luck.
 */
export async function loadSsh2() {
  try {
    return (await import("ssh2")).default;
  } catch (error) {
    throw outOfFiles(error) ?? error;
  }
}
