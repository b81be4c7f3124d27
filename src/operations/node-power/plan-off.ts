import type { Cluster } from "../../cluster/cluster.ts";
import { isActive } from "../../libvirt/domains.ts";
import type { Node } from "../../node/node.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import { rememberGuests } from "../last-seen.ts";
import { askOverview } from "../overview.ts";
import { changesOf, makePlan } from "../plan.ts";
import { decideStop } from "../stop.ts";
import { nodesBehind } from "./jump-order.ts";
import type { OffTarget, PreparedOff } from "./off-plan.ts";
import { refuseJobs, refuseJump, refuseLocal, refuseRunning, refuseSilent, runningJobs } from "./off-refusals.ts";
import { planMoves } from "./plan-moves.ts";

export interface OffOptions {
  /**
   * What becomes of guests that run there: `stop` has them switch themselves off, `move` takes them to other nodes.
   * Default: they are a reason to leave the node on.
   */
  readonly guests?: "stop" | "move" | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * What switching these nodes (names and @groups) off comes to. Where guests are to be moved and one can go nowhere, no node
 * is switched off. Throws UserError (exit 4) for a node that there is not.
 */
export async function prepareOff(
  cluster: Cluster,
  names: readonly string[],
  { guests: fate, signal }: OffOptions = {},
): Promise<PreparedOff> {
  const nodes = cluster.select(names);
  const how = { signal, patient: true };
  const far = nodes.filter(({ settings }) => settings.transport !== "local");
  const look = async (node: Node) => ({ ...(await askOverview(node, how)), jobs: await runningJobs(node, signal) });
  const outcomes = await cluster.ask(far, look, { signal });
  rememberGuests(cluster, outcomes);
  const running = new Map<string, readonly FoundGuest[]>();
  const targets = nodes.map((node): OffTarget => {
    const outcome = outcomes.find((one) => one.node === node.name);
    if (!outcome) return { node: node.name, ...refuseLocal };
    if (outcome.state !== "on") return { node: node.name, ...refuseSilent(node.name, outcome) };
    const { domains, jobs } = outcome.value;
    const guests = domains.filter(({ state }) => state === null || isActive(state)).map((one) => ({ ...one, node }));
    running.set(node.name, guests);
    return { node: node.name, ...(refuseJobs(jobs) ?? clear(node.name, guests, fate)) };
  });
  const ordered = await orderByJumps(cluster, nodes, targets);
  if (fate !== "move") return { plan: { targets: ordered }, drains: new Map() };
  return planMoves(cluster, ordered, { running, signal });
}

/** What becomes of the guests that run on a node: they are a reason to leave it on, or they are stopped as `stop` would. */
function clear(node: string, guests: readonly FoundGuest[], fate: OffOptions["guests"]) {
  const nothing = { verdict: "change" as const, moves: [], stops: [], after: [] };
  if (guests.length === 0 || fate === "move") return nothing;
  if (fate === undefined)
    return refuseRunning(
      node,
      guests.map(({ name }) => name),
    );
  const stop = makePlan({ verb: "stop", asks: false }, { guests, nodes: [] }, (guest) => decideStop(guest));
  const refused = stop.targets.find(({ verdict }) => verdict === "refused");
  const place = guests.find(({ uuid }) => uuid === refused?.uuid);
  if (refused?.verdict === "refused" && place)
    return { verdict: "refused" as const, why: `${guestPlace(place)}: ${refused.why}`, hint: refused.hint ?? "" };
  return { ...nothing, stops: changesOf(stop) };
}

/** A jump host goes after the nodes behind it, and stays on where one of them does. */
async function orderByJumps(
  cluster: Cluster,
  nodes: readonly Node[],
  targets: readonly OffTarget[],
): Promise<readonly OffTarget[]> {
  const behind = await nodesBehind(cluster, nodes);
  const verdictOf = (name: string) => targets.find(({ node }) => node === name)?.verdict;
  return targets.map((target) => {
    if (target.verdict !== "change") return target;
    const others = behind.get(target.node) ?? [];
    const staying = others.find((name) => verdictOf(name) === "refused");
    if (staying !== undefined) return { node: target.node, ...refuseJump(staying) };
    return { ...target, after: others.filter((name) => verdictOf(name) === "change") };
  });
}
