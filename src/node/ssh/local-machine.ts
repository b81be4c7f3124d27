import { hostname } from "node:os";
import { type Account, currentAccount } from "../../account.ts";

/** What OpenSSH knows of the machine and account it runs on: the home is the account's, since OpenSSH ignores `$HOME`. */
export interface LocalMachine extends Account {
  readonly hostname: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** This machine and account. */
export function thisMachine(env: Readonly<Record<string, string | undefined>>): LocalMachine {
  return { ...currentAccount(), hostname: hostname(), env };
}
