import type { Cluster } from "../cluster/cluster.ts";
import { isActive } from "../libvirt/domains.ts";
import type { Node } from "../node/node.ts";
import { askOfGuests } from "./ask-of-guests.ts";
import { type FoundGuest, findGuests } from "./find-guest.ts";
import type { NodeAnswer } from "./list.ts";
import type { SeenGuest } from "./look-at-chosen.ts";
import { isLook, lookAtGuests } from "./look-at-guests.ts";

/** Whose device it is, and when the guest has it. */
export interface DeviceRow {
  /** While it runs. */
  readonly now: boolean;
  /** When it is started the next time. */
  readonly next: boolean;
}

export interface DeviceList<T> {
  readonly guests: readonly {
    readonly node: string;
    readonly name: string;
    readonly uuid: string;
    /** Whether it holds memory: it has devices now as well, and not only from its next start. */
    readonly live: boolean;
    /** null: the guest could not be looked at, and `problem` says why. */
    readonly devices: readonly T[] | null;
    readonly problem: string | null;
  }[];
  readonly nodes: readonly NodeAnswer[];
}

/**
 * Devices of guests, by guest.
 * @param ask gives those of the guests of a node, in their order
 */
export async function listDevices<T>(
  cluster: Cluster,
  names: readonly string[],
  options: { readonly nodes?: readonly string[] | undefined; readonly signal?: AbortSignal | undefined },
  ask: (node: Node, seen: readonly SeenGuest[]) => Promise<readonly (readonly T[])[]>,
): Promise<DeviceList<T>> {
  const found = await findGuests(cluster, names, options);
  const look = await lookAtGuests(cluster, found.guests, options.signal);
  const seen = found.guests.flatMap((guest): SeenGuest[] => {
    const own = look(guest);
    return isLook(own) ? [{ guest, look: own, live: isLive(guest) }] : [];
  });
  const devices = await askOfGuests(
    cluster,
    seen.map(({ guest }) => guest),
    async (node, guests) => {
      const own = seen.filter(({ guest }) => guests.includes(guest));
      const answers = await ask(node, own);
      return answers.map((list) => ({ list }));
    },
    options.signal,
  );
  const guests = found.guests.map((guest) => {
    const { node, name, uuid } = guest;
    const own = look(guest);
    const answer = isLook(own) ? devices(guest) : own;
    const whose = { node: node.name, name, uuid, live: isLive(guest) };
    if ("list" in answer) return { ...whose, devices: answer.list, problem: null };
    return { ...whose, devices: null, problem: answer.verdict === "change" ? null : answer.why };
  });
  return { guests, nodes: found.nodes };
}

function isLive({ state }: FoundGuest): boolean {
  return state === null || isActive(state);
}
