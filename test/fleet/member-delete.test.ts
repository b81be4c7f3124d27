import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { applyPlan } from "../../src/operations/apply-plan.ts";
import { planDelete } from "../../src/operations/delete/plan-delete.ts";
import { deleteBench, diskXml, images, virsh } from "./delete-bench.ts";
import { openAs } from "./job-fleet.ts";

describe("a login in group libvirt, which cannot list the directory of the pool", () => {
  const bench = deleteBench(
    { net: "10.51.0", nodes: 1, kinds: { ham0: "sudo" } },
    { config: (text) => text.replace("become = sudo", "become = none") },
  );
  const { on, fates, remove, defineXml, expectFiles, forget } = bench;
  const own = `${images}/own.qcow2`;
  /** Nobody but root reads it. */
  const create = (name: string, ...words: string[]) =>
    on("ham0", `cd ${images} && qemu-img create -q -f qcow2 ${words.join(" ")} "${name}" 1M && chmod 600 *`);
  const untold = [own, "keep", `nobody can tell what ${images} is based on, or has in it`];

  beforeAll(() => on("ham0", "sed -i 's/^libvirt:.*/&,admin/; s/:,admin$/:admin/' /etc/group"));
  beforeEach(async () => {
    await on(
      "ham0",
      `chmod 711 ${images}; rm -rf ${images}/* ${images}/.[!.]*; rm -rf /srv/aside; ${virsh} pool-start default 2>/dev/null || :`,
    );
    await forget("ham0", "other");
    await create("own.qcow2");
    await defineXml("ham0", "web", diskXml(own, "vda"));
  });
  const removed = async () => {
    expect(await remove("web")).toMatchObject({ code: 0, stdout: "ham0/web: deleted\n" });
    await expectFiles("ham0", { [own]: false });
    expect(await on("ham0", "ls -d /tmp/tmp.* 2>/dev/null || :")).toBe("");
  };

  it("deletes a guest with its disk, whatever else is in the pool", async () => {
    await create("it's another.qcow2");
    await create(".hidden over.qcow2", "-F qcow2 -b", "other.qcow2", "-u");
    await on("ham0", `cd ${images} && mkdir -m 700 directory && : >empty && truncate -s 1M raw && chmod 600 empty raw`);
    // libvirt's list is older than all of it
    expect(await fates("web")).toEqual([[own, "remove", null]]);
    await removed();
  });

  it("keeps a disk that an image is based on, in the pool or by way of one elsewhere", async () => {
    await create("o'ver.qcow2", "-F qcow2 -b", "own.qcow2");
    expect(await fates("web")).toEqual([[own, "keep", `${images}/o'ver.qcow2 is backed by it`]]);
    await on(
      "ham0",
      `rm ${images}/o*ver.qcow2; mkdir /srv/aside; qemu-img create -q -f qcow2 -F qcow2 -b ${own} /srv/aside/middle 1M`,
    );
    await create("top.qcow2", "-F qcow2 -b", "/srv/aside/middle");
    expect(await fates("web")).toEqual([[own, "keep", `${images}/top.qcow2 is backed by it`]]);
    await on("ham0", `rm ${images}/top.qcow2`);
    await removed();
  });

  it("keeps every disk beside what libvirt cannot tell of", async () => {
    await create("data.qcow2", "-o data_file=own.qcow2,data_file_raw=on");
    expect(await fates("web")).toEqual([untold]);
    await on(
      "ham0",
      `cd ${images} && rm -f data.qcow2 && qemu-img create -q -f qcow2 own.qcow2 1M && chmod 600 own.qcow2 && cp own.qcow2 'a
b'`,
    );
    expect(await fates("web")).toEqual([untold]);
    await on("ham0", `rm ${images}/a*; ${virsh} pool-destroy default`);
    expect(await fates("web")).toEqual([untold]);
    await on("ham0", `${virsh} pool-start default`);
    await removed();
  });

  it.each([
    ["an image is made on it", `${images}/late.qcow2 is based on it by now`, "late.qcow2 -F qcow2 -b own.qcow2"],
    ["nobody can tell what an image is based on", "late.vmdk may be based on it by now", "late.vmdk"],
  ])("removes nothing where %s in the last moment", async (_what, why, words) => {
    const cluster = await openAs(bench.user());
    try {
      const plan = await planDelete(cluster, { guests: ["ham0/web"] });
      expect(plan.targets).toMatchObject([{ verdict: "change", files: [{}, { fate: "remove" }] }]);
      const [name = "", ...more] = words.split(" ");
      const format = name.endsWith("vmdk") ? "vmdk" : "qcow2";
      await on(
        "ham0",
        `cd ${images} && qemu-img create -q -f ${format} ${more.join(" ")} ${name} 1M && chmod 600 ${name}`,
      );
      const [result] = (await applyPlan(cluster, plan)).results;
      expect(result).toMatchObject({ outcome: "refused", detail: expect.stringContaining(why) });
    } finally {
      await cluster.close();
    }
    await expectFiles("ham0", { [own]: true });
    await on("ham0", `rm ${images}/late*`);
    await removed();
  });

  it("removes nothing while a program has the disk open that libvirt does not know of", async () => {
    await on(
      "ham0",
      `rm -f /tmp/held /tmp/said; mkfifo /tmp/held; setsid sh -c 'qemu-io -f qcow2 ${own} </tmp/held & exec sleep 100 >/tmp/held' </dev/null >/tmp/said 2>&1 &
echo $! >/tmp/holder; until grep -q qemu-io /tmp/said; do sleep 0.1; done`,
    );
    const refused = await remove("web");
    await on("ham0", "kill -- -$(cat /tmp/holder)");
    expect(refused).toMatchObject({ code: 6, stdout: "ham0/web: not deleted\n" });
    expect(refused.stderr).toContain("a program that libvirt does not know of has it open; nothing was done");
    await removed();
  });
});
