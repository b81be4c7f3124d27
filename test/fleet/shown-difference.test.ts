import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Cluster, openCluster } from "../../src/index.ts";
import { domainDifference } from "../../src/libvirt/redefinition.ts";
import { applyPlan } from "../../src/operations/apply-plan.ts";
import { planAddDisk } from "../../src/operations/disk/add.ts";
import { planRemoveDisk } from "../../src/operations/disk/remove.ts";
import { planAttachIso } from "../../src/operations/iso/attach.ts";
import { planEjectIso } from "../../src/operations/iso/eject.ts";
import { planAddNic } from "../../src/operations/nic/add.ts";
import { planRemoveNic } from "../../src/operations/nic/remove.ts";
import { parseNicSettings, planSetNic } from "../../src/operations/nic/set.ts";
import type { Plan } from "../../src/operations/plan.ts";
import { parseAssignments } from "../../src/operations/set/assignments.ts";
import { planSet } from "../../src/operations/set/plan-set.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";

const images = "/var/lib/libvirt/images";
const virsh = "virsh -q -c qemu:///system";
const mac = "52:54:00:78:00:01";
const other = "52:54:00:78:00:02";
const mib = 1024 ** 2;
const web = { guests: ["ham0/web"] };

type Make = (cluster: Cluster) => Promise<Plan>;

const settings =
  (...words: string[]): Make =>
  (cluster) =>
    planSet(cluster, web, parseAssignments(words));
const card =
  (...words: string[]): Make =>
  (cluster) =>
    planSetNic(cluster, web, mac, parseNicSettings(words));

/** What is changed, and what libvirt adds of its own to what was shown. */
const changes: readonly (readonly [string, Make, RegExp?])[] = [
  ["what it is, in one go", settings("vcpus=2", "memory=96M", "boot=cdrom,network", "description=a 'b' <c> & d")],
  ["its description again, and its memory back", settings("description=", "memory=64M")],
  ["its first boot device alone", settings("boot=network")],
  ["what its card is", card("model=e1000e", "link=down"), /^\+ *<address /],
  ["where its card is, as it was", card("model=virtio", "network=lab", "link=up"), /^\+ *<address /],
  ["a card more", (cluster) => planAddNic(cluster, web, { mac: other, model: "e1000" }), /^\+ *<address /],
  ["a card less", (cluster) => planRemoveNic(cluster, web, other)],
  ["a new disk", (cluster) => planAddDisk(cluster, web, { from: { size: mib } }), /^\+ *<address /],
  [
    "a disk that is there, on a bus that it has not",
    (cluster) => planAddDisk(cluster, web, { from: { source: `${images}/free.img` }, bus: "scsi" }),
    /^\+ *<(address|controller|\/controller)/,
  ],
  ["a disk less", (cluster) => planRemoveDisk(cluster, web, "vdb")],
  ["another disk less", (cluster) => planRemoveDisk(cluster, web, "sda")],
  ["a medium in its drive", (cluster) => planAttachIso(cluster, web, `${images}/a.iso`)],
  ["another medium", (cluster) => planAttachIso(cluster, web, `${images}/b.iso`)],
  ["an empty drive", (cluster) => planEjectIso(cluster, web)],
];

/** The lines that a difference takes away and adds. */
const changedLines = (difference: string) => difference.split("\n").filter((line) => /^[-+]/.test(line));

describe("the difference that --dry-run shows", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let cluster: Cluster;
  const on = (script: string) => fleet.node("ham0").enter(script);
  const xmlOf = (name = "web") => on(`${virsh} dumpxml ${name} --inactive`);

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.123.1", nodes: 1 });
    user = await fleetUser(fleet);
    await on(`${virsh} net-define /dev/stdin <<'X'
<network><name>lab</name><bridge name='virbr9'/></network>
X
${virsh} net-start lab; cd ${images}; truncate -s 1M a.iso b.iso free.img; ${virsh} pool-refresh default`);
    const env = { HOME: user.home, PATH: process.env["PATH"], MCLU_SSH_CONFIG: join(user.home, "ssh_config") };
    cluster = await openCluster({ file: join(user.home, "mclu.conf"), env });
  }, 60_000);
  afterAll(async () => {
    await cluster?.close();
    await fleet?.down();
  });

  it.each(["off", "running"])("is the one that is made, of a guest that is %s", { timeout: 120_000 }, async (state) => {
    await on(`${virsh} destroy web 2>/dev/null; ${virsh} undefine web 2>/dev/null
cd ${images}; rm -f web*; qemu-img create -q -f qcow2 web.qcow2 8M; cat >/tmp/web.xml <<'X'
<domain type='qemu'><name>web</name><memory unit='MiB'>64</memory><vcpu>1</vcpu><os><type arch='x86_64' machine='pc'>hvm</type></os><features><acpi/></features><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${images}/web.qcow2'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='cdrom'><target dev='hdc' bus='ide'/><readonly/></disk>
<interface type='network'><mac address='${mac}'/><source network='default'/><model type='virtio'/></interface></devices></domain>
X
# libvirt puts controllers into its own order when it reads what it wrote
${virsh} define /tmp/web.xml; ${virsh} dumpxml web >/tmp/again.xml; ${virsh} define /tmp/again.xml
${virsh} pool-refresh default; ${state === "off" ? ":" : `${virsh} start web`}`);
    // without a system in it, one that runs never lets go of a device
    const rows = changes.filter(([what]) => state === "off" || !what.endsWith("less"));
    for (const [what, make, own] of rows) {
      const before = await xmlOf();
      const plan = await make(cluster);
      const [target] = plan.targets;
      if (target?.verdict !== "change") expect.fail(`${what}: ${JSON.stringify(target)}`);
      expect([what, await xmlOf()]).toEqual([what, before]);
      const { results } = await applyPlan(cluster, plan);
      expect([what, results]).toEqual([what, [expect.objectContaining({ outcome: "done" })]]);
      const made = changedLines(domainDifference(before, await xmlOf()));
      const shown = changedLines(target.difference ?? "");
      expect([what, shown]).not.toEqual([what, []]);
      expect([what, made.filter((line) => shown.includes(line) || !own?.test(line))]).toEqual([what, shown]);
    }
  });
});
