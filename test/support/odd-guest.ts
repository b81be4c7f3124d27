import { expect } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.ts";
import type { Plan, PlanTarget } from "../../src/operations/plan.ts";
import { type FakeFile, fakeFiles } from "./fake-files.ts";
import { type FakeAnswers, type FakeGuest, fakeCluster } from "./fake-host.ts";
import { testUuid } from "./test-driver.ts";

export const oddUuid = testUuid(1);
export const oddChoice = { guests: ["web1"] };

/** A guest that runs and has no definition. */
export const transient = { state: "running", transient: true } as const;

/** The definition of a guest with these devices. */
export const oddXml = (devices: string, machine = "pc") =>
  `<domain type='qemu'><name>web1</name><os><type arch='x86_64' machine='${machine}'>hvm</type></os><devices>${devices}</devices></domain>`;

export interface OddGuest extends Partial<FakeGuest> {
  readonly devices?: string;
  readonly files?: Readonly<Record<string, FakeFile>>;
  /** What a scan of the node's images says. */
  readonly scan?: string;
  readonly virsh?: FakeAnswers["virsh"];
}

/** A cluster of one node with one guest, `web1`, as no program would write it; shut off unless it says otherwise. */
export function oddCluster({ devices = "", files = {}, scan, virsh, ...guest }: OddGuest): Promise<Cluster> {
  const one: FakeGuest = { name: "web1", uuid: oddUuid, state: "shut off", xml: oddXml(devices), ...guest };
  return fakeCluster({ ham0: () => [one] }, "", { run: fakeFiles(files, scan), ...(virsh && { virsh }) });
}

/** What virsh says on a node with a pool of this type, in this state. */
export function poolOf(
  type: string,
  state = "running",
  path = "<target><path>/pool</path></target>",
): FakeAnswers["virsh"] {
  const said: Readonly<Record<string, string>> = {
    "pool-dumpxml": `<pool type='${type}'><name>default</name>${path}</pool>`,
    "pool-info": `State: ${state}\nCapacity: 9000000000\nAllocation: 0\nAvailable: 9000000000\n`,
  };
  return ([command = ""]) => said[command];
}

/** The one target of a plan. */
export async function targetOf(plan: Promise<Plan>): Promise<PlanTarget> {
  const [only, ...more] = (await plan).targets;
  return only && more.length === 0 ? only : expect.fail("a plan for one guest has one target");
}

/** What virsh would be told, without the UUID. */
export function commandsOf(target: PlanTarget): readonly string[] {
  if (target.verdict !== "change") return expect.fail(JSON.stringify(target));
  return target.actions.map((action) =>
    "virsh" in action
      ? action.virsh.filter((word) => word !== target.uuid).join(" ")
      : (Object.keys(action).find((key) => key !== "input") ?? ""),
  );
}
