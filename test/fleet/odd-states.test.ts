import { setTimeout } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { deleteBench, diskXml, images, virsh } from "./delete-bench.ts";
import { recordVirsh, virshCalls } from "./virsh-calls.ts";
import { unwrapPrograms } from "./wrap.ts";

/** A sector that a BIOS starts, and that tells the device for it that the guest has panicked: `out 0x505, 1`. */
const panic = "\\372\\272\\005\\005\\260\\001\\356\\364\\353\\375";

describe("a guest in a state that few are in", () => {
  const bench = deleteBench({ net: "10.119.0", nodes: 2 });
  const { on, fates, remove, defineXml, forget, image, expectFiles } = bench;
  const mclu = (...argv: string[]) => bench.user().mclu(argv);
  const refused = async (why: string, ...argv: string[]) => {
    const run = await mclu(...argv);
    expect([argv, run.code, run.stderr]).toEqual([argv, 6, expect.stringContaining(why)]);
  };
  /** Waits on the node, as long as a busy machine may want. */
  const until = (condition: string) => on("ham0", `timeout 60 sh -c 'until ${condition}; do sleep 0.2; done'`);

  it("has crashed and is kept so: it is on, is never taken for one that is off, and goes with its disk", async () => {
    await forget("ham0", "crashed");
    const path = `${images}/crashed.img`;
    const crash = `${virsh} start crashed && timeout 60 sh -c 'until ${virsh} domstate crashed | grep -qx crashed; do sleep 0.2; done'`;
    await on(
      "ham0",
      `truncate -s 1M ${path} && printf '${panic}' | dd of=${path} conv=notrunc 2>&1 && printf '\\125\\252' | dd of=${path} conv=notrunc bs=1 seek=510 2>&1
cat >/tmp/crashed.xml <<'X'
<domain type='qemu'><name>crashed</name><memory unit='MiB'>64</memory><os><type machine='pc'>hvm</type></os><on_crash>preserve</on_crash>
<devices>${diskXml(path, "hda", "", "raw").replace("bus='virtio'", "bus='ide'")}<panic model='isa'/></devices></domain>
X
${virsh} define /tmp/crashed.xml && ${crash}`,
    );
    expect((await mclu("status", "ham0")).stdout).toContain("used: 1vcpus 0.1G by 1 guest(s)");
    await refused("it has crashed and cannot switch itself off", "stop", "ham0/crashed");
    await refused("it has crashed, and is kept as it was then", "start", "ham0/crashed");
    await refused("renames only guests that are off", "rename", "ham0/crashed", "other");
    await refused("its disks change while they are copied", "clone", "ham0/crashed", "copy");
    await refused("has crashed, and libvirt cannot move it", "migrate", "ham0/crashed", "ham1");
    await refused("it is crashed", "delete", "-y", "ham0/crashed");
    expect(await mclu("stop", "--force", "ham0/crashed")).toMatchObject({
      code: 0,
      stdout: "ham0/crashed: powered off\n",
    });
    await on("ham0", crash);
    expect(await remove("ham0/crashed", "--force")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [path]: false });
  });

  it("ignores ACPI: it is asked to switch itself off twice, at first and at half time", async () => {
    await forget("ham1", "deaf");
    await defineXml("ham1", "deaf", "");
    await on("ham1", `${virsh} start deaf`);
    await recordVirsh(bench.fleet().node("ham1"));
    expect(await mclu("stop", "--timeout", "8", "ham1/deaf")).toMatchObject({ code: 7 });
    const asked = (await virshCalls(bench.fleet().node("ham1"))).filter(({ argv }) => argv.includes("shutdown"));
    expect(asked).toHaveLength(2);
    await unwrapPrograms(bench.fleet().node("ham1"));
    expect(await remove("ham1/deaf", "--force")).toMatchObject({ code: 0 });
  });

  it("has a disk that a block job copies: it does not move, and the copy is named when it is deleted", async () => {
    await forget("ham0", "copied");
    const [own, copy] = [`${images}/copied.qcow2`, `${images}/copied-to.qcow2`];
    await image("ham0", "copied.qcow2");
    await defineXml("ham0", "copied", diskXml(own, "vda"));
    await on(
      "ham0",
      `rm -f ${copy}; ${virsh} start copied && ${virsh} blockcopy copied vda ${copy} --format qcow2 --transient-job`,
    );
    await until(`${virsh} dumpxml copied | grep -q "<mirror "`);
    await refused("the disk vda of ham0/copied is being copied by a block job", "migrate", "ham0/copied", "ham1");
    expect(await fates("ham0/copied", "--force")).toEqual([
      [own, "remove", null],
      [copy, "keep", "a block job writes it; the guest does not name it yet"],
    ]);
    expect(await remove("ham0/copied", "--force")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [own]: false, [copy]: true });
  });

  it("gets a disk with its next start: it does not move without it", async () => {
    await forget("ham0", "later");
    for (const name of ["later.qcow2", "next.qcow2"]) await image("ham0", name);
    await defineXml("ham0", "later", diskXml(`${images}/later.qcow2`, "vda"));
    await on(
      "ham0",
      `${virsh} start later && ${virsh} attach-disk later ${images}/next.qcow2 vdb --subdriver qcow2 --config`,
    );
    const why = `the disk vdb, which the guest gets with its next start, would stay behind: ${images}/next.qcow2`;
    await refused(why, "migrate", "-y", "ham0/later", "ham1");
    expect(await on("ham0", `${virsh} domstate later`)).toContain("running");
    expect(await remove("ham0/later", "--force")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [`${images}/later.qcow2`]: false, [`${images}/next.qcow2`]: false });
  });

  it("does not switch itself off, and its libvirt freezes meanwhile: stop ends at its time", async () => {
    await forget("ham1", "deaf");
    const image = `${images}/deaf.img`;
    await on("ham1", `truncate -s 1M ${image}`);
    await defineXml("ham1", "deaf", diskXml(image, "vda", "", "raw"));
    await on("ham1", `${virsh} start deaf`);
    const began = performance.now();
    const stopping = mclu("stop", "--force", "--timeout", "14", "ham1/deaf");
    await setTimeout(4000);
    await bench.fleet().fault("ham1", "libvirtd-frozen");
    const run = await stopping.finally(() => bench.fleet().heal("ham1"));
    expect(run).toMatchObject({ code: 5, stderr: expect.stringContaining("its node no longer answers") });
    expect((performance.now() - began) / 1000).toBeLessThan(28);
    expect(await mclu("stop", "--force", "--timeout", "1", "ham1/deaf")).toMatchObject({ code: 0 });
  });

  it("has an NVMe controller of its node for a disk: it is named, and neither moved nor cloned", async () => {
    await forget("ham0", "nvme");
    const address = "<address domain='0x0000' bus='0xfe' slot='0x00' function='0x0'/>";
    const source = `<source type='pci' managed='yes' namespace='1'>${address}</source>`;
    await defineXml("ham0", "nvme", `<disk type='nvme' device='disk'>${source}<target dev='vda' bus='virtio'/></disk>`);
    await refused("the disk vda of ham0/nvme is of type nvme", "migrate", "ham0/nvme", "ham1");
    await refused("the disk vda of ham0/nvme is of type nvme", "clone", "ham0/nvme", "copy");
    expect(await fates("ham0/nvme")).toEqual([["nvme:0000:fe:00.0/1", "keep", "it is a disk of type nvme"]]);
    expect(await remove("ham0/nvme")).toMatchObject({ code: 0 });
  });
});
