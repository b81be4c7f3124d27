import {
  type Address,
  type LeaseNetwork,
  type NetworkLease,
  parseInterfaceAddresses,
  parseLeases,
} from "./addresses.ts";
import { virshSteps, virshTexts } from "./domain-query.ts";
import { parseUuids } from "./domains.ts";
import { parseLabels } from "./node-info.ts";
import { type Query, understood } from "./query.ts";

/** What a node knows about the addresses of its guests without asking them. */
export interface NodeAddresses {
  /** Of all its networks; null: none of them keeps leases. */
  readonly leases: readonly NetworkLease[] | null;
  /** The node's clock in its own time zone, `YYYY-MM-DD HH:MM:SS`; null where it did not say. */
  readonly now: string | null;
  /** By UUID; null: no answer. */
  readonly arp: ReadonlyMap<string, readonly Address[] | null>;
  /** What virsh printed and mclu does not understand. */
  readonly problems: readonly string[];
}

/** Seconds the node's own sources may take. */
const nodeCap = 8;
/** Seconds a guest's agent may take. */
export const agentCap = 3;

/** Active networks, by UUID. */
export const networksQuery: Query<readonly string[]> = {
  steps: virshSteps([["net-list", "--uuid"]]),
  parse: (answers) => virshTexts(networksQuery.steps, answers).flatMap(parseUuids),
};

/**
 * Leases of some networks, and for some running guests what the node's ARP table remembers.
 * @param byDomain libvirt's test driver has leases by guest only
 */
export function nodeAddressesQuery(
  networks: readonly string[],
  uuids: readonly string[],
  byDomain: boolean,
): Query<NodeAddresses> {
  const sources = byDomain ? (["lease"] as const) : (["arp"] as const);
  const steps = virshSteps(
    [
      ...networks.map((network) => ["net-dhcp-leases", network]),
      ...networks.map((network) => ["net-info", network]),
      ...uuids.flatMap((uuid) => sources.map((source) => ["domifaddr", uuid, "--full", "--source", source])),
    ],
    nodeCap,
  );
  return {
    steps: [...steps, { run: ["date", "+%Y-%m-%d %H:%M:%S"], cap: nodeCap }],
    parse(answers) {
      const problems: string[] = [];
      const texts = virshTexts(steps, answers);
      const known = <T>(text: string | undefined, parse: (text: string) => T[] | null) =>
        understood(
          () => parse(text ?? ""),
          ({ message }) => problems.push(message),
        );
      const tables = networks.map((_, index) => {
        const rows = known(texts[index], parseLeases);
        const network = readNetwork(texts[networks.length + index]);
        return rows && network && rows.map((lease): NetworkLease => ({ ...lease, network }));
      });
      const perGuest = uuids.map(
        (uuid, index) => [uuid, known(texts[2 * networks.length + index], parseInterfaceAddresses)] as const,
      );
      const byMac = byDomain
        ? perGuest.map(
            ([, found]) => found?.map((each): NetworkLease => ({ ...each, expires: null, network: null })) ?? null,
          )
        : [];
      const leases = [...tables, ...byMac];
      const now = answers.at(-1)?.texts[0]?.trim() ?? "";
      return {
        leases: leases.every((table) => table === null) ? null : leases.flatMap((table) => table ?? []),
        now: /^\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(now) ? now : null,
        arp: new Map(byDomain ? [] : perGuest),
        problems,
      };
    },
  };
}

/** null: it is gone by now, and gives no leases any more. */
function readNetwork(text: string | undefined): LeaseNetwork | null {
  const labels = parseLabels(text ?? "");
  const name = labels.get("Name");
  return name ? { name, bridge: labels.get("Bridge") || null } : null;
}

export interface AgentAnswers {
  /** By UUID; null: no answer, or one that makes no sense. */
  readonly answers: ReadonlyMap<string, readonly Address[] | null>;
  /** Guests that were not asked because one before them took all the time. */
  readonly notAsked: readonly string[];
  /** Whether one took all the time. */
  readonly cut: boolean;
}

/** Exit codes of a process that `timeout` has ended: GNU's two, and busybox's. */
const endedByTimeout = [124, 137, 143];

/** Guests that one query names at most: their UUIDs stand on one command line, which Linux limits to 128 KiB. */
export const agentsPerQuery = 100;

/**
 * What guests' agents say of their addresses. Only for guests whose agent channel is connected: others take for ever.
 * @param uuids at most `agentsPerQuery`
 */
export function agentAddressesQuery(uuids: readonly string[]): Query<AgentAnswers> {
  return {
    // a read-only connection may not talk to agents
    steps: [
      {
        virsh: uuids.map((uuid) => ["domifaddr", uuid, "--full", "--source", "agent"]),
        access: "write",
        cap: agentCap,
      },
    ],
    parse([answer]) {
      const texts = answer?.texts ?? [];
      const known = uuids.slice(0, texts.length).map((uuid, index) => {
        // the guest chose this text
        return [uuid, understood(() => parseInterfaceAddresses(texts[index] ?? ""))] as const;
      });
      const cut = endedByTimeout.includes(answer?.code ?? 0);
      return { answers: new Map(known), notAsked: uuids.slice(texts.length), cut };
    },
  };
}
