import type { Cluster } from "../cluster/cluster.ts";
import type { NodeOutcome } from "../cluster/fan-out.ts";
import { type DomainState, isActive } from "../libvirt/domains.ts";
import { isNamedImage } from "../libvirt/image-mark.ts";
import type { Overview } from "../libvirt/overview.ts";
import { compareNames } from "./compare-names.ts";
import { rememberGuests } from "./last-seen.ts";
import { askOverview } from "./overview.ts";
import { paced } from "./paced.ts";
import { type RememberedGuest, rememberedGuests } from "./remembered.ts";
import type { Silence } from "./silence.ts";

export interface GuestRow {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly state: DomainState | null;
  readonly vcpus: number | null;
  /** Maximum memory, bytes. */
  readonly memory: number | null;
  /** What another guest of the cluster has as well: two guests of one name or UUID are a mistake somebody made. */
  readonly duplicate: readonly ("name" | "uuid")[];
}

/** A node as a listing names it: its guests are known only where it is on. */
export type NodeAnswer = { readonly node: string } & ({ readonly state: "on" } | Silence);

export interface ListReport {
  readonly guests: readonly GuestRow[];
  readonly nodes: readonly NodeAnswer[];
  /** Only when asked for: the guests that nodes had which do not answer now, by node, then by name. */
  readonly remembered?: readonly RememberedGuest[];
}

export interface ListOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[];
  /** Only guests that hold memory, or only the others. */
  readonly only?: "running" | "inactive" | undefined;
  /** Add what silent nodes had when they last answered. */
  readonly remembered?: boolean | undefined;
  /** Nothing more is asked of these nodes: their connections end as they answer. */
  readonly once?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Called as nodes settle, with what is known so far; less often where that is much. */
  readonly onProgress?: ((report: ListReport) => void) | undefined;
}

/** Every guest of every node that answers, by node in configuration order, then by name. */
export async function list(cluster: Cluster, options: ListOptions = {}): Promise<ListReport> {
  const nodes = cluster.select(options.nodes ?? []);
  const patient = (options.nodes ?? []).length > 0;
  const settled = new Map<string, NodeOutcome<Overview>>();
  const remembered = options.remembered === true ? rememberedGuests(cluster) : undefined;
  const report = (): ListReport => {
    const answers = toReport(
      nodes.flatMap((node) => settled.get(node.name) ?? []),
      options.only,
    );
    return remembered ? { ...answers, remembered: guestsOfSilent(answers.nodes, remembered, options.only) } : answers;
  };
  const progress = paced(() => options.onProgress?.(report()));
  try {
    await cluster.ask(nodes, (node) => askOverview(node, { signal: options.signal, patient }), {
      once: options.once,
      signal: options.signal,
      onSettled: (outcome) => {
        settled.set(outcome.node, outcome);
        progress.request();
      },
    });
  } finally {
    progress.stop();
  }
  rememberGuests(cluster, [...settled.values()]);
  return report();
}

function toReport(outcomes: readonly NodeOutcome<Overview>[], only: ListOptions["only"]): ListReport {
  const all = outcomes.flatMap((outcome) =>
    outcome.state === "on" ? outcome.value.domains.map((domain) => ({ node: outcome.node, ...domain })) : [],
  );
  const names = count(all.map(({ name }) => name));
  const uuids = count(all.map(({ uuid }) => uuid));
  const guests = all
    .filter(({ state }) => only === undefined || (state !== null && isActive(state) === (only === "running")))
    .map((guest) => {
      const duplicate: ("name" | "uuid")[] = [];
      // an image may be on many nodes
      if ((names.get(guest.name) ?? 0) > 1 && !isNamedImage(guest.name)) duplicate.push("name");
      if ((uuids.get(guest.uuid) ?? 0) > 1) duplicate.push("uuid");
      return { ...guest, duplicate };
    });
  const place = new Map(outcomes.map(({ node }, index) => [node, index]));
  guests.sort((a, b) => (place.get(a.node) ?? 0) - (place.get(b.node) ?? 0) || compareNames(a.name, b.name));
  const nodes = outcomes.map((outcome) =>
    outcome.state === "on" ? { node: outcome.node, state: "on" as const } : outcome,
  );
  return { guests, nodes };
}

function guestsOfSilent(
  nodes: readonly NodeAnswer[],
  remembered: ReturnType<typeof rememberedGuests>,
  only: ListOptions["only"],
): readonly RememberedGuest[] {
  const silent = nodes.filter(({ state }) => state !== "on");
  return silent.flatMap(({ node }) =>
    remembered(node).filter(({ active }) => only === undefined || active === (only === "running")),
  );
}

function count(texts: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}
