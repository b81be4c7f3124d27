import { virshSteps, virshTexts } from "./domain-query.ts";
import {
  type DomainName,
  type DomainState,
  domainStates,
  parseDomainNames,
  parseDomainStats,
  statNumber,
  statState,
} from "./domains.ts";
import { type NodeInfo, parseLabels, parseNodeInfo } from "./node-info.ts";
import { bytesOfKib, wholeNumber } from "./number.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

export interface DomainOverview extends DomainName {
  /** null: libvirt listed the guest but gave no statistics (it vanished meanwhile). */
  readonly state: DomainState | null;
  readonly vcpus: number | null;
  /** Maximum memory, bytes. */
  readonly memory: number | null;
}

export interface Overview {
  readonly info: NodeInfo;
  readonly domains: readonly DomainOverview[];
}

/**
 * Node totals and every guest with its state and size: what `status` and `list` show, in one virsh process.
 * @param nowait skip what a busy guest's monitor would have to be asked for; virsh knows the option since 4.5
 * @returns a query whose answer is null where this virsh refused the options before it ran anything
 */
export function overviewQuery(nowait: boolean): Query<Overview | null> {
  const stats = ["domstats", "--raw", "--state", "--vcpu", "--balloon", ...(nowait ? ["--nowait"] : [])];
  return {
    steps: [{ access: "read", virsh: [["nodeinfo"], ["list", "--all", "--uuid", "--name"], stats] }],
    parse([answer]) {
      const [info = "", names = "", stats = ""] = answer?.texts ?? [];
      if (answer?.code !== 0 && nowait && `${info}${names}${stats}`.trim() === "") return null;
      const known = parseDomainStats(stats);
      const listed = parseDomainNames(names);
      // virsh goes on behind a command that failed, with a new connection where libvirtd was started again in the middle
      if (listed.length === 0 && known.size > 0)
        throw new UnexpectedOutput("virsh list", "no guest, and domstats of some");
      const domains = listed.map((domain) => {
        const own = known.get(domain.name) ?? new Map<string, string>();
        const kib = statNumber(own, "balloon.maximum");
        return {
          ...domain,
          state: statState(own),
          vcpus: statNumber(own, "vcpu.current"),
          memory: kib === null ? null : kib * 1024,
        };
      });
      return { info: parseNodeInfo(info), domains };
    },
  };
}

/** States and sizes by `dominfo`, for libvirt's test driver, whose domstats knows only the state. */
export function dominfoQuery(domains: readonly DomainName[]): Query<DomainOverview[]> {
  const steps = virshSteps(domains.map(({ uuid }) => ["dominfo", uuid]));
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return domains.map((domain, index) => {
        const text = texts[index] ?? "";
        const labels = parseLabels(text);
        // the guest is gone: that is an answer too
        if (labels.size === 0) return { ...domain, state: null, vcpus: null, memory: null };
        const state = domainStates.find((known) => known === labels.get("State"));
        const memory = bytesOfKib(labels.get("Max memory"));
        const vcpus = wholeNumber(labels.get("CPU(s)"));
        if (!state || memory === null || vcpus === null) throw new UnexpectedOutput("virsh dominfo", text);
        return { ...domain, state, vcpus, memory };
      });
    },
  };
}
