import { beforeEach, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/index.ts";
import { applyPlan } from "../../src/operations/apply-plan.ts";
import { planDelete } from "../../src/operations/delete/plan-delete.ts";
import { planRemoveDisk } from "../../src/operations/disk/remove.ts";
import type { Plan } from "../../src/operations/plan.ts";
import { deleteBench, diskXml, images, virsh } from "./delete-bench.ts";
import { openAs } from "./job-fleet.ts";

describe("what somebody takes while a question stands", () => {
  const bench = deleteBench({ net: "10.245.0", nodes: 1 });
  const { on, defineXml, image, expectFiles, forget } = bench;
  const [own, data, other] = ["own", "data", "other"].map((name) => `${images}/t-${name}.qcow2`) as [
    string,
    string,
    string,
  ];

  beforeEach(async () => {
    await on("ham0", `rm -f ${images}/t-* /var/lib/libvirt/alias`);
    await forget("ham0", "neighbour");
    for (const name of ["own", "data", "other"]) await image("ham0", `t-${name}.qcow2`);
    await defineXml("ham0", "web", diskXml(own, "vda") + diskXml(data, "vdb"));
  });

  /** Makes a plan, lets something happen, and applies it. */
  const apply = async (make: (cluster: Cluster) => Promise<Plan>, meanwhile: () => Promise<unknown>) => {
    const cluster = await openAs(bench.user());
    try {
      const plan = await make(cluster);
      expect(plan.targets).toMatchObject([{ verdict: "change" }]);
      await meanwhile();
      return (await applyPlan(cluster, plan)).results[0];
    } finally {
      await cluster.close();
    }
  };
  const remove = (cluster: Cluster) => planRemoveDisk(cluster, { guests: ["ham0/web"] }, "vdb", { delete: true });
  const detach = (cluster: Cluster) => planRemoveDisk(cluster, { guests: ["ham0/web"] }, "vdb");
  const erase = (cluster: Cluster) => planDelete(cluster, { guests: ["ham0/web"] });
  const swap = () =>
    on(
      "ham0",
      `${virsh} detach-disk web vdb --config && ${virsh} attach-disk web ${other} vdb --subdriver qcow2 --config`,
    );
  const disks = () => on("ham0", `${virsh} domblklist web`);

  it.each([
    ["detached", detach],
    ["removed", remove],
  ])("no other disk is %s that has taken the target", async (_what, make) => {
    const result = await apply(make, swap);
    expect(result).toMatchObject({
      outcome: "refused",
      detail: expect.stringContaining("somebody has changed its vdb"),
    });
    expect(await disks()).toContain(other);
    await expectFiles("ham0", { [data]: true, [other]: true });
  });

  it("a disk that the guest gave away meanwhile is not deleted with it", async () => {
    const result = await apply(erase, swap);
    expect(result).toMatchObject({
      outcome: "refused",
      detail: expect.stringContaining("somebody has changed its vdb"),
    });
    expect(await disks()).toContain(own);
    await expectFiles("ham0", { [own]: true, [data]: true, [other]: true });
  });

  it.each([
    [
      "another guest names it, by another path",
      "the guest neighbour names it by now",
      () =>
        defineXml("ham0", "neighbour", diskXml("/var/lib/libvirt/alias/t-data.qcow2", "vda")).then(() =>
          on("ham0", `ln -sfn ${images} /var/lib/libvirt/alias`),
        ),
    ],
    [
      "an image is made on it",
      "t-over.qcow2 is based on it by now",
      () => image("ham0", "t-over.qcow2", "-F qcow2 -b t-data.qcow2"),
    ],
  ])("neither the guest nor its disk goes where %s", async (_what, why, take) => {
    for (const make of [erase, remove]) {
      const result = await apply(make, take);
      expect(result).toMatchObject({ outcome: "refused", detail: expect.stringContaining(why) });
      expect(await disks()).toContain(data);
      await expectFiles("ham0", { [own]: true, [data]: true });
      await on("ham0", `rm -f ${images}/t-over.qcow2`);
      await forget("ham0", "neighbour");
    }
    expect(await apply(erase, () => Promise.resolve())).toMatchObject({ outcome: "done", detail: null });
    await expectFiles("ham0", { [own]: false, [data]: false, [other]: true });
  });

  it("a guest is not started whose disk an overlay of another guest is based on, whoever made that", async () => {
    await image("ham0", "t-over.qcow2", "-F qcow2 -b t-data.qcow2");
    const start = (...flags: string[]) => bench.user().mclu(["start", "ham0/web", ...flags]);
    const alone = await start();
    expect([alone.code, alone.stdout]).toEqual([0, "ham0/web: started\n"]);
    expect(alone.stderr).toContain(`note: ham0/web: no guest has ${images}/t-over.qcow2, `);
    await on("ham0", `${virsh} destroy web`);
    await defineXml("ham0", "neighbour", diskXml(`${images}/t-over.qcow2`, "vda"));
    for (const flags of [[], ["--force"], ["--dry-run"]]) {
      const run = await start(...flags);
      expect([run.code, run.stdout + run.stderr]).toEqual([
        6,
        expect.stringContaining("others are based on its disks, which must not change: ham0/neighbour"),
      ]);
    }
    expect(await on("ham0", `${virsh} domstate web`)).toMatch(/^shut off/);
    // its overlay is no base
    expect(await bench.user().mclu(["start", "ham0/neighbour"])).toMatchObject({ code: 0, stderr: "" });
    // a disk that it only reads is spoilt by nothing
    await defineXml("ham0", "web", diskXml(own, "vda") + diskXml(data, "vdb", "<readonly/>"));
    expect(await start("--dry-run")).toMatchObject({ code: 0 });
    await forget("ham0", "neighbour");
  });

  it("a disk stays that a guest names in its saved memory alone, whatever its definition has by now", async () => {
    await bench.define("ham0", "neighbour");
    const saved = (await on("ham0", `${virsh} domblklist neighbour | awk '$1 == "vda" { print $2 }'`)).trim();
    await defineXml("ham0", "web", diskXml(saved, "vda"));
    await on("ham0", `${virsh} detach-disk neighbour vda --config`);
    const xml = await on("ham0", `${virsh} dumpxml neighbour`);
    const save = async () => {
      await on(
        "ham0",
        `${virsh} attach-disk neighbour ${saved} vda --subdriver qcow2 --config && ${virsh} start neighbour`,
      );
      await on("ham0", `${virsh} managedsave neighbour && ${virsh} define /dev/stdin <<'X'\n${xml}\nX`);
    };
    const result = await apply(erase, save);
    expect(result).toMatchObject({
      outcome: "refused",
      detail: expect.stringContaining("the guest neighbour names it by now; nothing was done"),
    });
    await expectFiles("ham0", { [saved]: true });
    expect(await bench.fates("ham0/web")).toEqual([[saved, "keep", "ham0/neighbour names it too"]]);
    await forget("ham0", "neighbour");
    expect(await bench.fates("ham0/web")).toEqual([[saved, "remove", null]]);
  });

  it("firmware variables that another guest took meanwhile stay, and the guest with them", async () => {
    const vars = "/var/lib/libvirt/qemu/nvram/t-vars.fd";
    await on("ham0", `mkdir -p ${vars.slice(0, vars.lastIndexOf("/"))}; touch ${vars}`);
    const loader = "<loader readonly='yes' type='pflash'>/usr/share/OVMF/OVMF_CODE_4M.fd</loader>";
    const os = `<os><type machine='q35'>hvm</type>${loader}<nvram>${vars}</nvram></os><features><acpi/></features>`;
    await defineXml("ham0", "web", diskXml(own, "vda"), os);
    const result = await apply(erase, () => defineXml("ham0", "neighbour", "", os));
    expect(result).toMatchObject({
      outcome: "refused",
      detail: expect.stringContaining("the guest neighbour names it by now; nothing was done"),
    });
    await expectFiles("ham0", { [vars]: true, [own]: true });
    await forget("ham0", "neighbour");
  });

  it("a path with a newline is no other file's", async () => {
    await on("ham0", `cd ${images} && cp t-own.qcow2 't-a\nb.qcow2' && cp t-own.qcow2 't-a b.qcow2'`);
    await defineXml("ham0", "web", diskXml(`${images}/t-a&#10;b.qcow2`, "vda"));
    expect(await bench.fates("ham0/web")).toEqual([[`${images}/t-a\nb.qcow2`, "remove", null]]);
    expect(await bench.remove("ham0/web")).toMatchObject({ code: 0 });
    expect(await on("ham0", `ls -b ${images}/t-a*`)).toBe(`${images}/t-a\\ b.qcow2\n`);
  });
});
