import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { Recipe } from "../template/recipe.ts";
import { isWayIn } from "../template/selector.ts";
import { placeOf } from "./guest-place.ts";
import { recallGuests } from "./last-seen.ts";
import type { NodeAnswer } from "./list.ts";
import type { Candidates } from "./place.ts";
import { refusalOf } from "./standing.ts";

/** A guest that somebody wants. */
export interface Wish {
  readonly name: string;
  /** Where the user wants it. */
  readonly node: string | undefined;
}

/** What stands against a build, before anything was done. */
export function refused(message: string, hint: string, exitCode: 2 | 5 | 6 = exitCodes.refused): UserError {
  return new UserError(message, { hint, exitCode });
}

/** What is reserved is refused before a plan promises it, and before anything is done that takes long. */
export function refuseTaken(
  wishes: readonly Wish[],
  { guests, reserved }: Pick<Candidates, "guests" | "reserved">,
): void {
  for (const { name } of wishes) {
    const other = guests.find((guest) => guest.name === name);
    if (other)
      throw refused(
        `there is a guest ${other.node}/${name} already`,
        `mclu info ${placeOf({ node: other.node, name })}`,
      );
    const holder = reserved.find((one) => one.name === name);
    if (!holder) continue;
    const { why, hint } = refusalOf(holder);
    throw refused(why, hint);
  }
}

/** A node that failed may have a guest of the name, which nobody can tell from here. */
export function refuseSilent(wishes: readonly Wish[], nodes: readonly NodeAnswer[]): void {
  const failed = nodes.flatMap((node) => (node.state === "failed" ? [node] : []));
  const [first] = failed;
  if (!first) return;
  const names = wishes.map(({ name }) => name).join(", ");
  // what is denied is mended by hand, where one knows what it is
  const why = ({ reason, detail }: (typeof failed)[number]) => (reason === "denied" ? `${reason}: ${detail}` : reason);
  const where = failed.map((answer) => `${answer.node} (${why(answer)})`).join(", ");
  throw refused(`whether ${names} is free is unknown: no answer from ${where}`, `${first.hint}\nor: --force`);
}

/** A node that is off keeps its guests: one that it had when it last answered will be there again. */
export function refuseSeen(cluster: Cluster, wishes: readonly Wish[], nodes: readonly NodeAnswer[]): void {
  const off = nodes.filter(({ state }) => state === "off").map(({ node }) => node);
  const seen = recallGuests(cluster).filter(({ node }) => off.includes(node));
  for (const { name } of wishes) {
    const had = seen.find(({ guests }) => guests.some((guest) => guest.name === name));
    if (had)
      throw refused(`${had.node}, which is off, had a guest ${name} when it last answered`, "another name, or --force");
  }
}

/** Refuses to build what nobody could enter. */
export function requireLogin(recipe: Recipe, noLogin: boolean): void {
  const opens = recipe.steps.some(({ name, value }) => {
    if (name === "ssh-inject") return true;
    if (name === "root-password") return isWayIn("password", value ?? "");
    return name === "password" && isWayIn("user-password", value ?? "");
  });
  if (opens || noLogin) return;
  throw refused(
    "nobody could log in: there is no key to inject, and no step sets a password",
    "ssh-keygen -t ed25519, or ssh-key in mclu.conf, or --root-password; --no-login builds it all the same",
  );
}
