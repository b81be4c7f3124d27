import { virshSteps, virshTexts } from "./domain-query.ts";
import { type DomainState, domainStates, isActive, parseDomainStats, statNumber } from "./domains.ts";
import { parseLabels } from "./node-info.ts";
import type { Query } from "./query.ts";

/** What libvirt knows about a guest beside its XML; null is what it did not say. */
export interface GuestFacts {
  /** `virsh dumpxml`; null: the guest is gone, or libvirt cannot show it. */
  readonly xml: string | null;
  readonly state: DomainState | null;
  /** In virsh's words: `booted`, `user`, `I/O error`, `shutdown` ... */
  readonly stateReason: string | null;
  readonly persistent: boolean | null;
  readonly autostart: boolean | null;
  readonly managedSave: boolean | null;
  /** Seconds of CPU time since it was started. */
  readonly cpuTime: number | null;
  readonly vcpus: number | null;
  /** Bytes: what the guest has now, may have, and what the process on the node takes. */
  readonly memory: {
    readonly current: number | null;
    readonly maximum: number | null;
    readonly resident: number | null;
  };
  readonly snapshots: readonly string[];
  readonly currentSnapshot: string | null;
  /** Bytes received and sent, by the interface's name on the node. */
  readonly traffic: ReadonlyMap<string, { readonly received: number | null; readonly sent: number | null }>;
}

const commandsPerGuest = 6;

/**
 * The facts about some guests, in their order, in one virsh process.
 * @param nowait see `overviewQuery`
 * @returns a query whose answer is null where this virsh refused the options before it ran anything
 */
export function guestFactsQuery(uuids: readonly string[], nowait: boolean): Query<readonly GuestFacts[] | null> {
  const groups = ["--state", "--cpu-total", "--balloon", "--vcpu", "--interface"];
  const steps = virshSteps(
    uuids.flatMap((uuid) => [
      ["dumpxml", uuid],
      ["dominfo", uuid],
      ["domstate", uuid, "--reason"],
      ["domstats", "--raw", ...groups, ...(nowait ? ["--nowait"] : []), uuid],
      ["snapshot-list", uuid, "--name"],
      ["snapshot-current", uuid, "--name"],
    ]),
  );
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      if (nowait && answers[0]?.code !== 0 && texts.every((text) => text === "")) return null;
      return uuids.map((_, index) => toFacts(texts.slice(index * commandsPerGuest, (index + 1) * commandsPerGuest)));
    },
  };
}

function toFacts([
  xml = "",
  info = "",
  state = "",
  stats = "",
  snapshots = "",
  current = "",
]: readonly string[]): GuestFacts {
  const labels = parseLabels(info);
  const [values = new Map<string, string>()] = parseDomainStats(stats).values();
  const kib = (key: string) => scale(statNumber(values, key), 1024);
  const [, word, reason] = /^([^(]+?)(?: \((.+)\))?$/.exec(state) ?? [];
  const known = domainStates.find((one) => one === (word ?? labels.get("State"))) ?? null;
  return {
    xml: xml === "" ? null : xml,
    state: known,
    stateReason: reason === undefined || reason === "unknown" ? null : reason,
    persistent: oneOf(labels.get("Persistent"), "yes", "no"),
    autostart: oneOf(labels.get("Autostart"), "enable", "disable"),
    managedSave: oneOf(labels.get("Managed save"), "yes", "no"),
    // of a guest that is off libvirt 9.0 gives what its own daemon has used
    cpuTime: known !== null && !isActive(known) ? null : scale(statNumber(values, "cpu.time"), 1e-9),
    vcpus: statNumber(values, "vcpu.current"),
    memory: { current: kib("balloon.current"), maximum: kib("balloon.maximum"), resident: kib("balloon.rss") },
    snapshots: snapshots.split("\n").filter((name) => name !== ""),
    currentSnapshot: current === "" ? null : current,
    traffic: new Map(
      // no more than there is anything said of, whatever number a node may give
      Array.from({ length: Math.min(statNumber(values, "net.count") ?? 0, values.size) }, (_, index) => [
        values.get(`net.${index}.name`) ?? "",
        // libvirt counts from the guest's side for a tap device
        { received: statNumber(values, `net.${index}.rx.bytes`), sent: statNumber(values, `net.${index}.tx.bytes`) },
      ]),
    ),
  };
}

function scale(number: number | null, by: number): number | null {
  return number === null ? null : number * by;
}

function oneOf(text: string | undefined, yes: string, no: string): boolean | null {
  return text === yes ? true : text === no ? false : null;
}
