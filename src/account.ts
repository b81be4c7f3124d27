import { userInfo } from "node:os";
import { getuid } from "node:process";

/** Who runs this program, as the system knows it. */
export interface Account {
  readonly user: string;
  readonly uid: number;
  /** The home directory of the password database, not `$HOME`. */
  readonly home: string;
}

/**
 * The account of this process. A container may give it a uid that the password database does not know, where Node throws:
 * its number is its name then, and its home is the root directory, as the kernel's own login has it.
 */
export function currentAccount(read: typeof userInfo = userInfo): Account {
  try {
    const { username, uid, homedir } = read();
    return { user: username, uid, home: homedir };
  } catch {
    const uid = getuid?.() ?? -1;
    return { user: String(uid), uid, home: "/" };
  }
}

/** `$HOME`, else the account's. */
export function homeDirectory(env: Readonly<Record<string, string | undefined>>): string {
  return env.HOME || currentAccount().home;
}
