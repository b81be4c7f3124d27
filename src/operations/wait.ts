import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { type CurrentState, statesQuery } from "../libvirt/change.ts";
import { type DomainState, domainStates } from "../libvirt/domains.ts";
import { guestLookQuery } from "../libvirt/guest-look.ts";
import { sshProbe } from "../libvirt/ssh-probe.ts";
import { NodeError } from "../node/failure.ts";
import { endedBy } from "../node/until-aborted.ts";
import { whenOver } from "../node/when-over.ts";
import { noInterface } from "./addresses.ts";
import { isOff } from "./await-power-off.ts";
import type { FoundGuest } from "./find-guest.ts";
import { findOneGuest } from "./find-one-guest.ts";
import { guestPlace } from "./guest-place.ts";
import { doubtOf, guestKeys, isKeyKnown } from "./guest-ssh.ts";
import { ip } from "./ip.ts";
import type { NodeAnswer } from "./list.ts";
import { ownAddresses } from "./own-addresses.ts";

/** What is waited for: an address, a greeting ssh server, a connected agent, or a state. */
export type WaitFor = "ip" | "ssh" | "agent" | DomainState;

export const waitGoals: readonly WaitFor[] = ["ip", "ssh", "agent", ...domainStates];

export interface WaitOptions {
  readonly for: WaitFor;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Takes how it stands, after each look that did not find what is waited for. */
  readonly onLook?: ((now: string) => void) | undefined;
}

export interface WaitReport {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly for: WaitFor;
  /** null where a state or the agent was waited for. */
  readonly address: string | null;
  /** Why nobody can tell whether the ssh server at the address is the guest's; null: it is, or none was waited for. */
  readonly doubt: string | null;
  /** How long it took. */
  readonly seconds: number;
  readonly nodes: readonly NodeAnswer[];
}

const defaultTimeout = 120;
const pace = 1000;
/** Seconds that the first look has at least: what is so already shall be found by `--timeout 0`, too. */
const firstPatience = 8;
/** Seconds for a look that begins shortly before the deadline. */
const laterPatience = 2;

/**
 * Waits for a guest. Throws UserError as `findGuests` does, and exit 4 where it is there no more; exit 6 where what is waited for cannot come, because the guest
 * is off or has nothing that it could come by; exit 7 at the deadline.
 */
export async function wait(cluster: Cluster, selector: string, options: WaitOptions): Promise<WaitReport> {
  const { timeout = defaultTimeout, signal } = options;
  const started = performance.now();
  const passed = () => Math.round(performance.now() - started) / 1000;
  const { guest, nodes } = await findOneGuest(cluster, selector, options);
  const { name, uuid } = guest;
  let last = "";
  for (let patience = firstPatience; ; patience = laterPatience) {
    const over = endedBy(signal);
    const stopClock = whenOver(Math.max(timeout - passed(), patience), () => over.abort());
    const looking = lookOnce(cluster, guest, { ...options, signal: over.signal });
    const looked = looking.catch((error: unknown) => {
      if (over.signal.aborted && !signal?.aborted)
        return { there: false as const, now: last || `${guest.node.name} has not answered` };
      // `ip` finds the guest again, and tells the same silence its own way
      const isSilence =
        error instanceof NodeError || (error instanceof UserError && error.exitCode === exitCodes.unreachable);
      if (isSilence && !signal?.aborted) return { there: false as const, now: error.message };
      throw error;
    });
    const found = await looked.finally(() => {
      stopClock();
      over.abort();
    });
    if (found.there) {
      const { address, doubt } = found;
      return { node: guest.node.name, name, uuid, for: options.for, address, doubt, seconds: passed(), nodes };
    }
    last = found.now;
    options.onLook?.(last);
    if (passed() >= timeout) throw tooLate(guest, options.for, timeout, last);
    await sleep(pace, undefined, { signal });
  }
}

type Look =
  | (Pick<WaitReport, "address" | "doubt"> & { readonly there: true })
  | { readonly there: false; readonly now: string };

/** Has nothing that could be in doubt. */
const isThere = { there: true, address: null, doubt: null } as const;

async function lookOnce(cluster: Cluster, guest: FoundGuest, options: WaitOptions): Promise<Look> {
  const { node, uuid } = guest;
  const { signal } = options;
  const [state = null] = await node.ask(statesQuery([uuid]), { signal, patient: true });
  if (state === "gone")
    throw new UserError(`${guest.name} is no longer on ${node.name}`, {
      hint: "mclu list",
      exitCode: exitCodes.notFound,
    });
  const isState = (text: WaitFor): text is DomainState => domainStates.some((known) => known === text);
  if (isState(options.for))
    return options.for === state ? isThere : { there: false, now: `it is ${state ?? "unknown"}` };
  refuseOff(guest, options.for, state);
  if (options.for === "agent") {
    const [look] = await node.ask(guestLookQuery([uuid]), { signal });
    if (look && look.details.agent === null) throw cannotCome(guest, "agent", "it has no channel for one", "mclu xml");
    return look?.details.agent?.connected ? isThere : { there: false, now: "its agent is not connected" };
  }
  const { addresses } = await ip(cluster, { guests: [`${node.name}/${uuid}`], signal });
  const known = addresses.flatMap(({ address }) => address ?? []);
  if (known.length === 0) {
    const reason = addresses[0]?.reason ?? "no address";
    if (reason === noInterface) throw cannotCome(guest, options.for, `it has ${noInterface}`, "mclu nic add");
    return { there: false, now: reason };
  }
  if (options.for === "ip") return { ...isThere, address: known[0] ?? null };
  const own = await ownAddresses(guest, addresses, { signal });
  for (const one of own.addresses) {
    const { address } = one;
    if (!(await node.ask(sshProbe(address), { signal }))) continue;
    const lie = (await one.recheck?.()) ?? null;
    if (lie !== null) return { there: false, now: lie };
    const isSure = one.isCertain || (await knowsKey(cluster, uuid));
    return { there: true, address, doubt: isSure ? null : doubtOf({ guest, ...one }) };
  }
  const tried = own.addresses.map(({ address }) => address);
  return { there: false, now: own.lie ?? `no ssh server answers at ${tried.join(", ")}` };
}

/** Whether ssh would notice another machine; where no keys can be kept it knows none. */
async function knowsKey(cluster: Cluster, uuid: string): Promise<boolean> {
  try {
    return await isKeyKnown(guestKeys(cluster), uuid);
  } catch {
    return false;
  }
}

function refuseOff(guest: FoundGuest, goal: WaitFor, state: CurrentState): void {
  if (isOff(state)) throw cannotCome(guest, goal, `it is ${state}`, "mclu start");
}

function cannotCome(guest: FoundGuest, goal: WaitFor, why: string, verb: string): UserError {
  return new UserError(`${guest.name} will have no ${goal}: ${why}`, {
    hint: `${verb} ${guestPlace(guest)}`,
    exitCode: exitCodes.refused,
  });
}

function tooLate(guest: FoundGuest, goal: WaitFor, timeout: number, now: string): UserError {
  return new UserError(`${guest.name}: no ${goal} within ${timeout} s: ${now}`, {
    hint: `mclu info ${guestPlace(guest)}`,
    exitCode: exitCodes.deadline,
  });
}
