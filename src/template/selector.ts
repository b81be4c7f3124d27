import { exitCodes, UserError } from "../errors.ts";
import type { StepName, StepSyntax } from "./step-syntax.ts";

/** What a value holds besides plain text. */
export interface SelectorParts {
  readonly local?: { readonly before: string; readonly name: string; readonly after: string };
  /** A password: the end of the value. */
  readonly secret?: string;
}

type Kind = NonNullable<StepSyntax["selector"]>;

/**
 * Finds the password or the local file in the value of a step that has a selector (libguestfs's `password.ml`,
 * `ssh_key.ml`, `subscription_manager.ml`). Throws UserError (exit 2) for what they would refuse; no password is in it.
 */
export function readSelector(step: StepName, kind: Kind, value: string): SelectorParts {
  switch (kind) {
    case "password":
      return readPassword(step, value, "");
    case "user-password": {
      const [user, selector] = splitOnce(value);
      if (user === "") throw refused(step, "expected USER:SELECTOR, as in alice:password:SECRET");
      return readPassword(step, selector, `${user}:`);
    }
    case "credentials":
      return readCredentials(step, value);
    case "ssh-key":
      return readSshKey(step, value);
    case "pool":
      return readPool(step, value);
  }
}

/** Whether somebody can log in by what such a selector says: nobody can where the account is locked or has no password. */
export function isWayIn(kind: Kind, value: string): boolean {
  const selector = kind === "user-password" ? splitOnce(value)[1] : value;
  return !/^(?:lock(?:ed)?(?::|$)|disabled?$)/.test(selector);
}

function readPassword(step: StepName, selector: string, before: string): SelectorParts {
  const [word, rest] = splitOnce(selector);
  const colon = selector.includes(":");
  if (/^lock(?:ed)?$/.test(word)) return colon ? readPassword(step, rest, `${before}${word}:`) : {};
  if (/^disabled?$/.test(word) && !colon) return {};
  if (word === "file") return fileOf(step, rest, `${before}file:`);
  if (word === "password" && rest !== "") return { secret: rest };
  if (selector === "random")
    throw refused(step, "a random password would stand in the log of the build, and nowhere else: choose another way");
  // what stands there may be the password itself: it is not repeated
  throw refused(step, "expected password:SECRET, file:FILE or disabled, with lock: before it or not");
}

function readCredentials(step: StepName, value: string): SelectorParts {
  const [user, selector] = splitOnce(value);
  const [word, rest] = splitOnce(selector);
  if (word === "file") return fileOf(step, rest, `${user}:file:`);
  if (word === "password" && rest !== "" && !rest.includes(":")) return { secret: rest };
  throw refused(step, "expected USER:password:SECRET or USER:file:FILE");
}

function readSshKey(step: StepName, value: string): SelectorParts {
  const [user, selector] = splitOnce(value);
  const [word, rest] = splitOnce(selector);
  if (user !== "" && word === "file") return fileOf(step, rest, `${user}:file:`);
  if (user !== "" && word === "string" && rest !== "") {
    if (rest.includes(":")) throw refused(step, "a key with a colon in it can only be given as file:FILE");
    return {};
  }
  if (selector === "")
    throw refused(step, `alone it takes a key of the node's own: write ${step} ${user || "USER"}:file:FILE`);
  throw refused(step, "expected USER:file:FILE or USER:string:KEY");
}

function readPool(step: StepName, value: string): SelectorParts {
  const [word, rest] = splitOnce(value);
  if (value === "auto" || (word === "pool" && rest !== "" && !rest.includes(":"))) return {};
  if (word === "file") return fileOf(step, rest, "file:");
  throw refused(step, "expected auto, pool:ID or file:FILE");
}

function fileOf(step: StepName, name: string, before: string): SelectorParts {
  if (name.includes(":")) throw refused(step, "the name of a file has no colon here");
  return { local: { before, name, after: "" } };
}

function splitOnce(text: string): [string, string] {
  const colon = text.indexOf(":");
  return colon < 0 ? [text, ""] : [text.slice(0, colon), text.slice(colon + 1)];
}

function refused(step: StepName, problem: string): UserError {
  return new UserError(`${step}: ${problem}`, { exitCode: exitCodes.usage });
}
