import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { DomainOverview } from "../libvirt/overview.ts";
import type { Node } from "../node/node.ts";
import { compareNames } from "./compare-names.ts";
import { type GuestSelector, isGlob, matchGlob, parseGuestSelector } from "./guest-selector.ts";
import { rememberGuests } from "./last-seen.ts";
import type { NodeAnswer } from "./list.ts";
import { askOverview } from "./overview.ts";
import { suggestGuest } from "./suggest-guest.ts";

/** A guest that was found. Everything that is done to it from here on goes by its UUID. */
export interface FoundGuest extends DomainOverview {
  readonly node: Node;
}

export interface FoundGuests {
  /** In configuration order of their nodes, then by name; each once. */
  readonly guests: readonly FoundGuest[];
  /** Every node that was asked. */
  readonly nodes: readonly NodeAnswer[];
}

export interface FindOptions {
  /** `--node`: only these nodes and @groups. */
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds guests by what the user typed, or all of them. A qualified name contacts its node alone; an exact name wins over a glob.
 * Throws UserError: exit 2 for NODE/GUEST of a node that `--node` leaves out, exit 4 for no match or a name on two nodes,
 * exit 5 when a node that was named does not answer.
 */
export async function findGuests(
  cluster: Cluster,
  selectors: readonly string[] | "all",
  options: FindOptions = {},
): Promise<FoundGuests> {
  const names = cluster.nodes.map((node) => node.name);
  const every = selectors === "all";
  const parsed = (every ? [] : selectors).map((text) => parseGuestSelector(text, names));
  const limits = options.nodes ?? [];
  const within = cluster.select(limits);
  const scopes = parsed.map(({ text, scope }) => {
    const both = scope === undefined ? within : intersect(cluster.select([scope]), within);
    if (both.length === 0 && within.length > 0) throw nowhere(text, limits);
    return both;
  });
  const nodes = every ? within : cluster.nodes.filter((node) => scopes.some((scope) => scope.includes(node)));
  const isNamed = !every && parsed.every(({ scope }) => scope !== undefined);
  const patient = isNamed || limits.length > 0;
  const outcomes = await cluster.ask(nodes, (node) => askOverview(node, { signal: options.signal, patient }), {
    signal: options.signal,
  });
  rememberGuests(cluster, outcomes);
  const all = outcomes.flatMap((outcome, index) => {
    const node = nodes[index];
    return outcome.state === "on" && node ? outcome.value.domains.map((domain) => ({ ...domain, node })) : [];
  });
  const answers = outcomes.map((outcome) =>
    outcome.state === "on" ? { node: outcome.node, state: "on" as const } : outcome,
  );
  if (every && answers.every(({ state }) => state !== "on")) throw nobodyAnswered(answers);
  const chosen = parsed.flatMap((selector, index) => {
    const scope = scopes[index] ?? [];
    return matching(
      selector,
      all.filter(({ node }) => scope.includes(node)),
      all,
      () =>
        notFound(
          cluster,
          selector,
          answers.filter(({ node }) => scope.some(({ name }) => name === node)),
          all,
        ),
    );
  });
  const guests = [...new Set(every ? all : chosen)].sort(
    (a, b) => cluster.nodes.indexOf(a.node) - cluster.nodes.indexOf(b.node) || compareNames(a.name, b.name),
  );
  return { guests, nodes: answers };
}

function nowhere(text: string, nodes: readonly string[]): UserError {
  return new UserError(`${text} is nowhere where --node looks: ${nodes.join(", ")}`, {
    hint: `leave --node out: ${text}`,
    exitCode: exitCodes.usage,
  });
}

function nobodyAnswered(answers: readonly NodeAnswer[]): UserError {
  const why = answers.map((answer) => `${answer.node} (${answer.state === "failed" ? answer.reason : answer.state})`);
  return new UserError(`no node answered: ${why.join(", ")}`, { hint: "mclu status", exitCode: exitCodes.unreachable });
}

function intersect(a: readonly Node[], b: readonly Node[]): readonly Node[] {
  return a.filter((node) => b.includes(node));
}

function matching(
  selector: GuestSelector,
  candidates: readonly FoundGuest[],
  everywhere: readonly FoundGuest[],
  none: () => UserError,
): readonly FoundGuest[] {
  const { name, alternative } = selector;
  const exact = candidates.filter((guest) => guest.name === name);
  const byName =
    exact.length > 0 || !alternative
      ? exact
      : everywhere.filter((guest) => guest.name === alternative.name && guest.node.name === alternative.scope);
  if (byName.length > 1) throw ambiguous(selector.text, byName);
  const byUuid = candidates.filter((guest) => guest.uuid === name.toLowerCase());
  const [named] = byName;
  const other = byUuid.find((guest) => guest !== named);
  if (named && other) throw nameIsUuid(named, other);
  if (named) return byName;
  if (byUuid.length > 1) throw ambiguous(selector.text, byUuid);
  if (byUuid.length === 1) return byUuid;
  const globbed = isGlob(name) ? candidates.filter((guest) => matchGlob(name)(guest.name)) : [];
  if (globbed.length > 0) return globbed;
  throw none();
}

function ambiguous(text: string, guests: readonly FoundGuest[]): UserError {
  const places = guests.map((guest) => `${guest.node.name}/${guest.name}`);
  return new UserError(`${text} is on ${places.length} nodes: ${places.join(", ")}`, {
    hint: `name one of them: ${places[0]}`,
    exitCode: exitCodes.notFound,
  });
}

/** A guest named with another guest's UUID: whichever was meant, the other one must not be taken for it. */
function nameIsUuid(named: FoundGuest, other: FoundGuest): UserError {
  const place = (guest: FoundGuest) => `${guest.node.name}/${guest.name}`;
  return new UserError(`${named.name} is the name of ${place(named)} and the UUID of ${place(other)}`, {
    hint: `for the first type its UUID, ${named.uuid}; for the second its name`,
    exitCode: exitCodes.notFound,
  });
}

function notFound(
  cluster: Cluster,
  selector: GuestSelector,
  answers: readonly NodeAnswer[],
  everywhere: readonly FoundGuest[],
): UserError {
  const silent = answers.filter(({ state }) => state !== "on");
  // a guest that may be on a node that failed is not a guest that does not exist
  const unreachable =
    silent.some(({ state }) => state === "failed") || (silent.length > 0 && silent.length === answers.length);
  const missing = silent.map(
    (answer) => `${answer.node} (${answer.state === "failed" ? answer.reason : answer.state})`,
  );
  const where = selector.scope === undefined ? "" : ` on ${selector.scope}`;
  const asked = missing.length > 0 ? `; not asked: ${missing.join(", ")}` : "";
  const near = isGlob(selector.name) ? undefined : suggestGuest(cluster, selector.name, everywhere, answers);
  const hint = unreachable
    ? (silent.flatMap((answer) => (answer.state === "failed" ? [answer.hint] : []))[0] ?? "mclu status")
    : (near ?? "mclu list");
  const none = `${isGlob(selector.name) ? "no guest matches" : "no guest is named"} ${selector.name}${where}${asked}`;
  const unknown = `whether there is a guest ${selector.name}${where} is unknown: no answer from ${missing.join(", ")}`;
  // where nobody answered, nobody said that there is no such guest
  return new UserError(silent.length > 0 && silent.length === answers.length ? unknown : none, {
    hint,
    exitCode: unreachable ? exitCodes.unreachable : exitCodes.notFound,
  });
}
