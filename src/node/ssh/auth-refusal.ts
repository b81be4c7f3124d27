import { quote } from "../shell.ts";
import type { FileIdentity, Identities } from "./identities.ts";
import type { SshSettings } from "./ssh-settings.ts";

/** What is known of a login that was refused, besides the keys. */
export interface RefusalFacts {
  /** The agent has a key that the host would take, and did not sign with it. */
  readonly agentFailed?: boolean;
  /** The ways to log in that the host would still take. */
  readonly accepts?: readonly string[] | undefined;
  /** The host ended the connection itself, with these words. */
  readonly said?: string | undefined;
}

export interface AuthRefusal {
  /** A phrase that goes on from "USER was not let in: ". */
  readonly why: string;
  /** What to type; undefined: there is nothing better than to watch ssh do the same. */
  readonly hint: string | undefined;
}

/** Why a host has let nobody in, and what to type: the likeliest repair first. */
export function explainRefusal(
  { user, host, port }: SshSettings,
  { offered, skipped }: Identities,
  isLocked: (identity: FileIdentity) => boolean,
  { agentFailed = false, accepts, said }: RefusalFacts,
): AuthRefusal {
  const target = `${port === 22 ? "" : `-p ${port} `}${quote(`${user}@${host}`)}`;
  if (accepts !== undefined && !accepts.includes("publickey"))
    return { why: `the host wants ${accepts.join(" or ")} and not a key`, hint: undefined };
  const open = skipped.find(({ reason }) => reason === "too-open");
  if (open) return { why: `${open.path} may be read by others`, hint: `chmod 600 ${quote(open.path)}` };
  const files = offered.filter((identity) => identity.kind === "file");
  const locked = files.find(isLocked);
  if (locked) return { why: `${locked.path} wants its passphrase`, hint: `ssh-add ${quote(locked.path)}` };
  if (agentFailed) return { why: "the agent did not sign", hint: "ssh-add -l" };
  if (said !== undefined)
    return { why: `${said} (${offered.length} keys were there to offer)`, hint: `ssh -o IdentitiesOnly=yes ${target}` };
  const [first] = files;
  const unreadable = skipped.find(({ reason }) => reason === "unreadable" || reason === "not-a-key");
  if (first === undefined && unreadable?.reason === "unreadable")
    return { why: `${unreadable.path} cannot be read`, hint: `ls -l ${quote(unreadable.path)}` };
  if (first === undefined && unreadable)
    return { why: `${unreadable.path} is no private key`, hint: `ssh-keygen -lf ${quote(unreadable.path)}` };
  if (offered.length === 0) return { why: "there is no key to offer", hint: "ssh-keygen -t ed25519" };
  return {
    why: "no key that was offered is accepted",
    hint: first ? `ssh-copy-id -i ${quote(first.path)} ${target}` : `ssh-copy-id ${target}`,
  };
}
