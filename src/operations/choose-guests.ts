import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { type FoundGuest, findGuests } from "./find-guest.ts";
import { isGlob, parseGuestSelector } from "./guest-selector.ts";
import type { NodeAnswer } from "./list.ts";

/** Which guests a command is about, as the user typed it. */
export interface GuestChoice {
  /** Names, UUIDs, NODE/GUEST, globs. */
  readonly guests: readonly string[];
  /** Only guests of these nodes and @groups. */
  readonly nodes?: readonly string[] | undefined;
  /** Every guest of the nodes. */
  readonly all?: boolean | undefined;
}

export interface ChooseOptions {
  /**
   * While a node failed, a name without its node is refused, with a @group as well: the guest that is meant may be there.
   * For what cannot be taken back.
   */
  readonly strict?: boolean;
  readonly signal?: AbortSignal | undefined;
}

export interface ChosenGuests {
  readonly guests: readonly FoundGuest[];
  readonly nodes: readonly NodeAnswer[];
  /** Whether a pattern or --all chose them, so that the user may not know which they are. */
  readonly broad: boolean;
}

/**
 * The guests that a change is about. Throws UserError as `findGuests` does; exit 2 where none or all and some are named;
 * exit 6 for a strict choice that a failed node leaves open.
 */
export async function chooseGuests(
  cluster: Cluster,
  choice: GuestChoice,
  { strict = false, signal }: ChooseOptions,
): Promise<ChosenGuests> {
  const { guests: names, nodes, all = false } = choice;
  if (names.length === 0 && !all)
    throw new UserError("no guest is named", {
      hint: "name guests, or take --all for every guest of every node (or of --node NODE)",
      exitCode: exitCodes.usage,
    });
  if (names.length > 0 && all)
    throw new UserError("--all and names of guests exclude each other", {
      hint: `leave --all out, or: --all --node NODE`,
      exitCode: exitCodes.usage,
    });
  const found = await findGuests(cluster, all ? "all" : names, { nodes, signal });
  const bare = names.filter((text) => !namesNode(text));
  if (strict && (all || bare.length > 0)) refuseWhileFailed(found.nodes, bare[0], found.guests);
  const broad = all || names.some((text) => isPattern(text, found.guests));
  return { ...found, broad };
}

/** NODE/GUEST; a @group's guest may be on any of its nodes. */
function namesNode(text: string): boolean {
  const { scope } = parseGuestSelector(text, []);
  return scope !== undefined && !scope.startsWith("@");
}

function isPattern(text: string, guests: readonly FoundGuest[]): boolean {
  const { name } = parseGuestSelector(text, []);
  return isGlob(name) && !guests.some((guest) => guest.name === name);
}

function refuseWhileFailed(
  nodes: readonly NodeAnswer[],
  bare: string | undefined,
  guests: readonly FoundGuest[],
): void {
  const failed = nodes.flatMap((node) => (node.state === "failed" ? [node] : []));
  const [first] = failed;
  if (!first) return;
  const where = failed.map(({ node, reason }) => `${node} (${reason})`).join(", ");
  const [guest] = guests;
  throw new UserError(`${bare ?? "that"} may be on a node that gave no answer: ${where}`, {
    hint: `${guest ? `name the node as well: ${guest.node.name}/${guest.name}; or ` : ""}${first.hint}`,
    exitCode: exitCodes.refused,
  });
}
