import { closeSync, constants, fchmodSync, fstatSync, openSync } from "node:fs";
import { join } from "node:path";
import { makeDirectory } from "../make-directory.ts";
import { isOpenToOthers } from "../temporary-directory.ts";

/**
 * The known_hosts file of guests, each under its UUID: a guest that is built anew under an old name is another one, whose
 * key raises no alarm. Makes it (0600, directory 0700), since ssh would make it readable to all. Throws the file system's
 * error, and Error where it is a link or another user's, or others could put theirs in its place.
 */
export function guestKeysFile(directory: string, uid: number): string {
  makeDirectory(directory, 0o700);
  if (isOpenToOthers(directory, uid)) throw new Error(`others than its user may write to ${directory}, or above it`);
  const file = join(directory, "known_hosts");
  const { O_CREAT, O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const fd = openSync(file, O_CREAT | O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0o600);
  try {
    const stats = fstatSync(fd);
    if (!stats.isFile() || stats.uid !== uid) throw new Error(`${file} is not a file of this user`);
    if ((stats.mode & 0o077) !== 0) fchmodSync(fd, 0o600);
    return file;
  } finally {
    closeSync(fd);
  }
}
