import { virshSteps, virshTexts } from "./domain-query.ts";
import { type NodeInfo, parseNodeInfo } from "./node-info.ts";
import { wholeNumber } from "./number.ts";
import type { Query } from "./query.ts";

/** What a guest of a node can be given at most. */
export interface NodeLimits {
  readonly host: NodeInfo;
  /** vCPUs that the hypervisor can give to a guest of a type such as `kvm`; null: it does not say. */
  readonly vcpus: ReadonlyMap<string, number | null>;
}

/** @param types of its guests' hypervisors */
export function nodeLimitsQuery(types: readonly string[]): Query<NodeLimits> {
  const commands = [["nodeinfo"], ...types.map((type) => ["maxvcpus", "--type", type])];
  // not with --readonly: virsh then gives the limit of an API that is older than most of what qemu can do
  const steps = virshSteps(commands).map((step) => ({ ...step, access: "write" as const }));
  return {
    steps,
    parse(answers) {
      const [host = "", ...limits] = virshTexts(steps, answers);
      return {
        host: parseNodeInfo(host),
        vcpus: new Map(types.map((type, index) => [type, wholeNumber(limits[index])])),
      };
    },
  };
}
