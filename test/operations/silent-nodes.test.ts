import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { planDelete } from "../../src/operations/delete/plan-delete.ts";
import { planAddDisk } from "../../src/operations/disk/add.ts";
import { planGrowDisk } from "../../src/operations/disk/grow.ts";
import { listDisks } from "../../src/operations/disk/list.ts";
import { planRemoveDisk } from "../../src/operations/disk/remove.ts";
import { planImageMark } from "../../src/operations/image-mark.ts";
import { planAttachIso } from "../../src/operations/iso/attach.ts";
import { planEjectIso } from "../../src/operations/iso/eject.ts";
import { planAddNic } from "../../src/operations/nic/add.ts";
import { listNics } from "../../src/operations/nic/list.ts";
import { planRemoveNic } from "../../src/operations/nic/remove.ts";
import { planSetNic } from "../../src/operations/nic/set.ts";
import type { Plan } from "../../src/operations/plan.ts";
import { planSet } from "../../src/operations/set/plan-set.ts";
import { planCreateSnapshot } from "../../src/operations/snapshot/create.ts";
import { listSnapshots } from "../../src/operations/snapshot/list.ts";
import { planDeleteSnapshot, planRevertSnapshot } from "../../src/operations/snapshot/revert.ts";
import { fakeCluster, lostNode, runHere } from "../support/fake-host.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const choice = { guests: ["ham0/web1"] };
const mac = "52:54:00:00:00:01";
const xmlIn = (
  images: string,
) => `<domain type='qemu'><name>web1</name><memory>1048576</memory><vcpu>1</vcpu><os><type>hvm</type></os><devices>
  <disk type='file' device='disk'><driver type='qcow2'/><source file='${images}/a.qcow2'/><target dev='vda' bus='virtio'/></disk>
  <disk type='file' device='cdrom'><source file='/i/b.iso'/><target dev='sda' bus='sata'/></disk>
  <interface type='network'><mac address='${mac}'/><source network='default'/></interface></devices></domain>`;
const snapshot = "<domainsnapshot><name>s1</name><disks><disk snapshot='internal'/></disks></domainsnapshot>";

/** A cluster whose node falls silent after so many questions, and what counts them. */
async function cut(after: number) {
  const directory = temporaryDirectory();
  // libvirt is asked only about files that are there
  writeFileSync(join(directory, "a.qcow2"), "");
  const xml = xmlIn(directory);
  let asked = 0;
  const pool = `<pool type='dir'><name>default</name><target><path>${directory}</path></target></pool>`;
  const info = "Capacity: 1000000000\nAllocation: 0\nAvailable: 1000000000\n";
  const said: Readonly<Record<string, string>> = {
    ...{
      "pool-dumpxml": pool,
      "pool-info": `State: running\n${info}`,
      "snapshot-list": "s1\n",
      "net-list": "default\n",
    },
    ...{ "snapshot-dumpxml": snapshot, domblkinfo: "Capacity: 1073741824\nAllocation: 0\nPhysical: 0\n" },
    ...{ "pool-list": `${testUuid(9)}\n`, "vol-pool": testUuid(9), "vol-name": "a.qcow2" },
    ...{ maxvcpus: "4", help: "--nvram", version: "Running against daemon: 10.0.0\n" },
  };
  const guest = { name: "web1", uuid: testUuid(1), state: "shut off", xml } as const;
  const node = (before: number) => {
    asked = before + 1;
    return before < after ? [guest] : lostNode;
  };
  const run = (argv: readonly string[]) => (argv[0] === "sh" ? runHere(argv) : "");
  const cluster = await fakeCluster({ ham0: node }, "", { virsh: ([command = ""]) => said[command], run });
  return { cluster, asked: () => asked };
}

/** Plans something with a node that falls silent before its first question, its second ... and the last. */
async function cutEverywhere<T>(ask: (cluster: Cluster) => Promise<T>, judge: (answer: T) => void) {
  const whole = await cut(Number.POSITIVE_INFINITY);
  const answer = await ask(whole.cluster);
  expect(whole.asked()).toBeGreaterThan(1);
  for (let after = 0; after < whole.asked(); after++) {
    const { cluster } = await cut(after);
    const broken = await ask(cluster).catch((error: unknown) => error);
    if (broken instanceof Error) expect(broken).toMatchObject({ exitCode: expect.any(Number) });
    else judge(broken as T);
  }
  return answer;
}

describe("a node that falls silent while a change is planned", () => {
  it.each<[string, (cluster: Cluster) => Promise<Plan>]>([
    ["set", (cluster) => planSet(cluster, choice, { vcpus: 2, boot: ["cdrom"] })],
    ["disk add", (cluster) => planAddDisk(cluster, choice, { from: { size: 1024 ** 2 } })],
    [
      "disk add --source",
      (cluster) => planAddDisk(cluster, choice, { from: { source: "/etc/passwd" }, format: "raw" }),
    ],
    ["disk grow", (cluster) => planGrowDisk(cluster, choice, "vda", { by: 1024 ** 3 })],
    ["disk remove --delete", (cluster) => planRemoveDisk(cluster, choice, "vda", { delete: true })],
    ["iso attach", (cluster) => planAttachIso(cluster, choice, "/etc/passwd")],
    ["iso eject", (cluster) => planEjectIso(cluster, choice)],
    ["nic add", (cluster) => planAddNic(cluster, choice)],
    ["nic set", (cluster) => planSetNic(cluster, choice, mac, { network: { kind: "bridge", name: "br0" } })],
    ["nic remove", (cluster) => planRemoveNic(cluster, choice, mac)],
    ["snapshot create", (cluster) => planCreateSnapshot(cluster, choice)],
    ["snapshot revert", (cluster) => planRevertSnapshot(cluster, choice, "s1")],
    ["snapshot delete", (cluster) => planDeleteSnapshot(cluster, choice, "s1")],
    ["image mark", (cluster) => planImageMark(cluster, "mark", choice)],
    ["delete", (cluster) => planDelete(cluster, choice)],
  ])("has nothing of it changed: %s", async (_what, plan) => {
    const { targets } = await cutEverywhere(plan, (broken) =>
      expect(broken.targets).toMatchObject([
        { verdict: "refused", why: expect.stringMatching(/no longer answers|gave no answer about the disks/) },
      ]),
    );
    expect(targets).toMatchObject([{ verdict: "change" }]);
  });

  it.each<[string, (cluster: Cluster) => ReturnType<typeof listNics | typeof listDisks | typeof listSnapshots>]>([
    ["disks", (cluster) => listDisks(cluster, ["ham0/web1"])],
    ["cards", (cluster) => listNics(cluster, ["ham0/web1"])],
    ["snapshots", (cluster) => listSnapshots(cluster, ["ham0/web1"])],
  ])("has no %s of its guests listed, and says why", async (_what, list) => {
    const { guests } = await cutEverywhere<{ readonly guests: readonly object[] }>(list, (broken) =>
      expect(broken.guests).toMatchObject([{ devices: null, problem: expect.stringContaining("no longer answers") }]),
    );
    expect(guests).toMatchObject([{ devices: expect.any(Array), problem: null }]);
  });
});
