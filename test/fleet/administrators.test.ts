import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Cluster, openCluster } from "../../src/index.ts";
import { applyPlan } from "../../src/operations/apply-plan.ts";
import type { ChangeResult } from "../../src/operations/change-report.ts";
import { planDelete } from "../../src/operations/delete/plan-delete.ts";
import { planAddDisk } from "../../src/operations/disk/add.ts";
import { planGrowDisk } from "../../src/operations/disk/grow.ts";
import { planRemoveDisk } from "../../src/operations/disk/remove.ts";
import { openDraft } from "../../src/operations/edit/plan-edit.ts";
import { planAttachIso } from "../../src/operations/iso/attach.ts";
import { planEjectIso } from "../../src/operations/iso/eject.ts";
import { planAddNic } from "../../src/operations/nic/add.ts";
import { planRemoveNic } from "../../src/operations/nic/remove.ts";
import { parseNicSettings, planSetNic } from "../../src/operations/nic/set.ts";
import type { Plan } from "../../src/operations/plan.ts";
import { planCreateSnapshot } from "../../src/operations/snapshot/create.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";

const images = "/var/lib/libvirt/images";
const virsh = "virsh -q -c qemu:///system";
const mac = "52:54:00:77:00:01";
const mib = 1024 ** 2;
const web = { guests: ["ham0/web"] };

type Make = (cluster: Cluster) => Promise<Plan>;

describe("two administrators at one guest", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const on = (script: string) => fleet.node("ham0").enter(script);

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.129.0", nodes: 1 });
    user = await fleetUser(fleet);
    await on(`${virsh} net-define /dev/stdin <<'X'
<network><name>lab</name><bridge name='virbr9'/></network>
X
${virsh} net-start lab; cd ${images}; truncate -s 1M a.iso b.iso; ${virsh} pool-refresh default`);
  });
  afterAll(() => fleet?.down());
  beforeEach(async () => {
    await on(`${virsh} destroy web 2>/dev/null; ${virsh} undefine web --snapshots-metadata 2>/dev/null
cd ${images} && rm -f web* && qemu-img create -q -f qcow2 web.qcow2 8M && qemu-img create -q -f qcow2 web-b.qcow2 8M
cat >/tmp/web.xml <<'X'
<domain type='qemu'><name>web</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='pc'>hvm</type></os><devices>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${images}/web.qcow2'/><target dev='vda' bus='virtio'/></disk>
<disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='${images}/web-b.qcow2'/><target dev='vdb' bus='virtio'/></disk>
<disk type='file' device='cdrom'><target dev='hda' bus='ide'/><readonly/></disk>
<interface type='network'><mac address='${mac}'/><source network='default'/><model type='virtio'/></interface></devices></domain>
X
${virsh} define /tmp/web.xml; ${virsh} pool-refresh default`);
  });

  const withClusters = async <T>(use: (one: Cluster, other: Cluster) => Promise<T>): Promise<T> => {
    const env = { HOME: user.home, PATH: process.env.PATH, MCLU_SSH_CONFIG: join(user.home, "ssh_config") };
    const clusters = [0, 1].map(() => openCluster({ file: join(user.home, "mclu.conf"), env }));
    const [one, other] = await Promise.all(clusters);
    if (!one || !other) throw new Error("two clusters are opened");
    try {
      return await use(one, other);
    } finally {
      await Promise.all([one.close(), other.close()]);
    }
  };
  const resultOf = async (cluster: Cluster, plan: Plan): Promise<ChangeResult> => {
    const [result] = (await applyPlan(cluster, plan)).results;
    return result ?? expect.fail("a plan for one guest has one result");
  };
  /** Both have looked at the guest when either begins; what became of each. */
  const both = (first: Make, second: Make) =>
    withClusters(async (one, other) => {
      const plans = await Promise.all([first(one), second(other)]);
      return Promise.all([resultOf(one, plans[0]), resultOf(other, plans[1])]);
    });
  /** The same, but that the second begins when the first is done. */
  const inTurn = (first: Make, second: Make) =>
    withClusters(async (one, other) => {
      const plans = await Promise.all([first(one), second(other)]);
      return [await resultOf(one, plans[0]), await resultOf(other, plans[1])] as const;
    });

  const setNic =
    (...words: string[]): Make =>
    (cluster) =>
      planSetNic(cluster, web, mac, parseNicSettings(words));
  const attach =
    (name: string): Make =>
    (cluster) =>
      planAttachIso(cluster, web, `${images}/${name}.iso`);
  const addDisk: Make = (cluster) => planAddDisk(cluster, web, { from: { size: mib } });
  const removeDisk: Make = (cluster) => planRemoveDisk(cluster, web, "vdb");
  const grow =
    (to: number): Make =>
    (cluster) =>
      planGrowDisk(cluster, web, "vdb", { to });
  const snapshot: Make = (cluster) => planCreateSnapshot(cluster, web, { name: "before" });

  it.each<[string, Make, Make, string, string]>([
    ["set its card", setNic("network=lab"), setNic("model=e1000e"), "refused", `changed the card ${mac} meanwhile`],
    ["give it a disk", addDisk, addDisk, "refused", `somebody else has made ${images}/web-vdc.qcow2`],
    ["take its disk", removeDisk, removeDisk, "refused", "changed its vdb meanwhile"],
    ["insert a medium", attach("a"), attach("b"), "refused", "changed what is in hda meanwhile"],
    ["make a snapshot of one name", snapshot, snapshot, "failed", "before"],
  ])("of whom both %s at once, one wins and the other is told", async (_what, first, second, outcome, why) => {
    const results = await both(first, second);
    const [won, lost] = results.sort((a, b) => (a.outcome === "done" ? -1 : 1) - (b.outcome === "done" ? -1 : 1));
    expect([won?.outcome, lost?.outcome, lost?.detail]).toEqual(["done", outcome, expect.stringContaining(why)]);
  });

  it("who add a card each have both, and of whom both remove one the second is told", async () => {
    const add: Make = (cluster) => planAddNic(cluster, web);
    expect(await both(add, add)).toMatchObject([{ outcome: "done" }, { outcome: "done" }]);
    expect((await on(`${virsh} domiflist web`)).match(/52:54:00/g)).toHaveLength(3);
    const remove: Make = (cluster) => planRemoveNic(cluster, web, mac);
    const [, second] = await inTurn(remove, remove);
    expect([second.outcome, second.detail]).toEqual(["failed", expect.stringContaining(mac)]);
  });

  it("never shrink a disk that the other one grew, while the guest runs and while it is off", async () => {
    const size = () => on(`qemu-img info -U ${images}/web-b.qcow2 | sed -n 's/^virtual size: //p'`);
    const off = await inTurn(grow(64 * mib), grow(16 * mib));
    expect(off).toMatchObject([{ outcome: "done" }, { outcome: "failed", detail: expect.stringMatching(/shrink/i) }]);
    expect(await size()).toContain("64 MiB");
    await on(`${virsh} start web`);
    const running = await inTurn(grow(256 * mib), grow(128 * mib));
    expect(running).toMatchObject([
      { outcome: "done" },
      { outcome: "refused", detail: expect.stringContaining("changed the size of vdb meanwhile; nothing was done") },
    ]);
    expect(await size()).toContain("256 MiB");
  });

  it("grow no image that the guest no longer has, which may be another guest's", async () => {
    const [result] = await withClusters(async (one) => {
      const plan = await grow(64 * mib)(one);
      await on(`cd ${images}; qemu-img create -q -f qcow2 web-c.qcow2 8M; ${virsh} pool-refresh default
${virsh} detach-disk web vdb --config; ${virsh} attach-disk web ${images}/web-c.qcow2 vdb --subdriver qcow2 --config`);
      return [await resultOf(one, plan)];
    });
    expect(result).toMatchObject({
      outcome: "refused",
      detail: "changed meanwhile: somebody has changed its vdb meanwhile; nothing was done",
    });
    expect(await on(`qemu-img info ${images}/web-b.qcow2`)).toContain("8 MiB");
  });

  it("do not eject what the other one has just inserted", async () => {
    await on(`${virsh} change-media web hda ${images}/a.iso --update --config`);
    const [, second] = await inTurn(attach("b"), (cluster) => planEjectIso(cluster, web));
    expect(second).toMatchObject({ outcome: "refused", detail: expect.stringContaining("what is in hda meanwhile") });
    expect(await on(`${virsh} domblklist web`)).toContain("b.iso");
  });

  it("of whom one deletes it while the other edits it: it is not made anew, and the text is kept", async () => {
    const other = join(user.home, "other.sh");
    const remove = `ssh -F ${user.sshConfig} ham0 ${virsh} undefine web`;
    writeFileSync(other, `${remove} >/dev/null && sed -i 's/<memory /<memory  /; s/65536/98304/' "$1"\n`);
    const env = { EDITOR: `sh ${other}`, TMPDIR: user.home };
    const run = await user.mclu(["edit", "ham0/web"], { env });
    expect([run.code, run.stdout]).toEqual([6, "ham0/web: not edited\n"]);
    expect(run.stderr).toContain("changed meanwhile: it is no longer there; nothing was done");
    expect(run.stderr).toContain("what you wrote is in ");
    expect(await on(`${virsh} list --all --name`)).not.toContain("web");
  });

  it("of whom one edits and one deletes in the same moment: the guest is gone with its disks, or not at all", async () => {
    const edit: Make = async (cluster) => {
      const draft = await openDraft(cluster, "ham0/web");
      return draft.plan(draft.xml.replace(/65536/g, "98304"));
    };
    const [edited, deleted] = await both(edit, (cluster) => planDelete(cluster, web));
    expect([edited.outcome, deleted.outcome]).toEqual([expect.stringMatching(/^(done|refused|failed)$/), "done"]);
    if (edited.outcome !== "done") expect(edited.detail).not.toBeNull();
    expect(await on(`${virsh} list --all --name; ls ${images}`)).not.toContain("web");
  });
});
