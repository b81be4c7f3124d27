import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { refused, type Wish } from "./build-refusals.ts";
import { checkHostname } from "./guest-name.ts";
import type { NodeAnswer } from "./list.ts";
import type { Candidates } from "./place.ts";
import { best, type Candidate, type Demand, type Fit, judge, remedyOf, withGuest } from "./placement.ts";

/** `HOSTNAME` or `NODE/HOSTNAME`, each checked. Throws UserError: exit 2 for names, 4 for a node that there is not. */
export function wishesOf(cluster: Cluster, texts: readonly string[]): readonly Wish[] {
  const wishes = texts.map((text) => parseWish(cluster, text));
  refuseTwice(wishes.map(({ name }) => name));
  return wishes;
}

function parseWish(cluster: Cluster, text: string): Wish {
  const slash = text.indexOf("/");
  if (slash < 0) return { name: checkHostname(text), node: undefined };
  return { node: cluster.node(text.slice(0, slash)).name, name: checkHostname(text.slice(slash + 1)) };
}

function refuseTwice(names: readonly string[]): void {
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new UserError(`${twice} is named twice`, { exitCode: exitCodes.usage });
}

export interface ChosenNode {
  readonly name: string;
  readonly candidate: Candidate;
  /** How every node did; empty: it was named. */
  readonly fits: readonly Fit[];
}

/**
 * The node of each guest: the one it was wished on, or of those allowed the best; each counts the guests before it.
 * Throws UserError: exit 5 where no node answered, 6 where none fits.
 */
export function chooseNodes(
  wishes: readonly Wish[],
  found: Candidates,
  demand: Demand,
  allowed: readonly string[],
): readonly ChosenNode[] {
  let candidates = found.candidates;
  return wishes.map(({ name, node }) => {
    const eligible = candidates.filter((each) =>
      node === undefined ? allowed.includes(each.node) : each.node === node,
    );
    if (eligible.length === 0) throw unreachable(node, found.nodes);
    const fits = judge(eligible, demand);
    const winner = best(fits);
    const candidate = eligible.find((each) => each.node === winner?.node);
    if (!candidate) {
      const why = fits.map((fit) => `${fit.node}: ${fit.obstacles.join("; ")}`);
      // of several nodes the first: their pools and networks are called alike
      const remedy = eligible.map(remedyOf).find((command) => command !== undefined);
      throw refused(`no node can take ${name}`, [...why, ...(remedy === undefined ? [] : [remedy])].join("\n"));
    }
    candidates = candidates.map((each) => (each === candidate ? withGuest(each, demand) : each));
    return { name, candidate, fits: node === undefined ? fits : [] };
  });
}

function unreachable(node: string | undefined, nodes: readonly NodeAnswer[]): UserError {
  const silent = nodes.filter((each) => each.state !== "on" && (node === undefined || each.node === node));
  const [first] = silent;
  const which = silent.map((each) => `${each.node} (${each.state === "failed" ? each.reason : each.state})`).join(", ");
  return refused(
    `no node to build on answered${which === "" ? "" : `: ${which}`}`,
    first?.state === "failed" ? first.hint : "mclu status",
    exitCodes.unreachable,
  );
}
