import { beforeEach, describe, expect, it } from "vitest";
import { deleteBench, diskXml, images, virsh } from "./delete-bench.ts";
import { mountShared } from "./shared-storage.ts";

const volumeXml = (pool: string, volume: string) =>
  `<disk type='volume' device='disk'><driver name='qemu' type='qcow2'/><source pool='${pool}' volume='${volume}'/><target dev='vda' bus='virtio'/></disk>`;

describe("users of a disk that do not show at once", () => {
  const bench = deleteBench({ net: "10.193.0", nodes: 2 });
  const { on, fates, remove, defineXml, expectFiles, forget } = bench;
  const disk = `${images}/h-own.qcow2`;
  const create = (node: string, path: string, ...more: string[]) =>
    on(node, `mkdir -p $(dirname ${path}) && qemu-img create -q -f qcow2 ${more.join(" ")} ${path} 1M`);
  /** A pool that an earlier try of a test may have left. */
  const pool = (node: string, name: string, directory: string) =>
    on(
      node,
      `mkdir -p ${directory}; { ${virsh} pool-destroy ${name}; ${virsh} pool-undefine ${name}; } >/dev/null 2>&1
${virsh} pool-define-as ${name} dir --target ${directory}`,
    );

  beforeEach(async () => {
    for (const node of ["ham0", "ham1"]) {
      await on(node, `rm -rf ${images}/h-* ${images}/.h-* /srv/pool; rm -f /run/fleet/shared/h-*`);
      for (const name of ["own", "user"]) await forget(node, name);
    }
    await create("ham0", disk);
    await defineXml("ham0", "own", diskXml(disk, "vda"));
  });

  it("keep it as a volume of another node's pool, which has another name", async () => {
    for (const node of ["ham0", "ham1"])
      await on(node, "mountpoint -q /srv/nfs || exit 0; umount /srv/nfs").then(() =>
        mountShared(bench.fleet().node(node), "/srv/nfs"),
      );
    await create("ham0", "/srv/nfs/h-own.qcow2");
    await pool("ham1", "abroad", "/srv/nfs");
    await defineXml("ham0", "own", diskXml("/srv/nfs/h-own.qcow2", "vda"));
    await defineXml("ham1", "user", volumeXml("abroad", "h-own.qcow2"));
    expect(await fates("ham0/own")).toEqual([["/srv/nfs/h-own.qcow2", "keep", "ham1/user names it too"]]);
  });

  it("keep it as a volume of a pool that is not active, or that is gone", async () => {
    const path = "/srv/pool/h-own.qcow2";
    await create("ham0", path);
    await pool("ham0", "asleep", "/srv/pool");
    await defineXml("ham0", "own", diskXml(path, "vda"));
    await defineXml("ham0", "user", volumeXml("asleep", "h-own.qcow2"));
    expect(await fates("own")).toEqual([[path, "keep", "ham0/user names it too"]]);
    await on("ham0", `${virsh} pool-undefine asleep`);
    expect(await fates("own")).toEqual([[path, "keep", "ham0/user names it too"]]);
  });

  it("keep it as the base of an image in a pool that is not active", async () => {
    await pool("ham0", "asleep", "/srv/pool");
    await create("ham0", "/srv/pool/over.qcow2", "-F qcow2 -b", disk);
    expect(await fates("own")).toEqual([[disk, "keep", "/srv/pool/over.qcow2 is backed by it"]]);
  });

  it("keep guest and disk while a qemu has it open that libvirt does not know of", async () => {
    // it ends when its standard input does
    await on(
      "ham0",
      `rm -f /tmp/held /tmp/said; mkfifo /tmp/held; setsid sh -c 'qemu-io -f qcow2 -r ${disk} </tmp/held & exec sleep 100 >/tmp/held' </dev/null >/tmp/said 2>&1 &
echo $! >/tmp/holder; until grep -q qemu-io /tmp/said; do sleep 0.1; done`,
    );
    const refused = await remove("own");
    await on("ham0", "kill -- -$(cat /tmp/holder)");
    expect(refused).toMatchObject({ code: 6, stdout: "ham0/own: not deleted\n" });
    expect(refused.stderr).toContain("a program that libvirt does not know of has it open; nothing was done");
    expect(await remove("own")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [disk]: false });
  });

  it("keep a guest from moving that would take it away, and gc from what a move left", async () => {
    await defineXml("ham0", "user", volumeXml("default", "h-own.qcow2"));
    await on("ham0", `${virsh} pool-refresh default`);
    const mclu = (...argv: string[]) => bench.user().mclu(argv, { limit: 200_000 });
    const refused = await mclu("migrate", "ham0/own", "ham1");
    expect(refused).toMatchObject({ code: 6, stdout: "" });
    expect(refused.stderr).toContain(`ham0/user would lose ${disk}, which gets another name on ham0`);
    await forget("ham0", "user");
    expect(await mclu("migrate", "ham0/own", "ham1")).toMatchObject({ code: 0 });
    // by a hard link, which no text of the definition shows
    await on("ham0", `ln ${images}/.h-own.qcow2.migrated-* ${images}/h-link.qcow2`);
    await defineXml("ham0", "user", diskXml(`${images}/h-link.qcow2`, "vda"));
    expect((await mclu("gc", "ham0", "-y")).stdout).toContain("the guest user uses it");
    await forget("ham0", "user");
    // what is based on it shows in the very last look
    await on("ham0", `cd ${images} && qemu-img create -q -f qcow2 -F qcow2 -b "$(ls -d .h-own*)" h-over.qcow2`);
    expect((await mclu("gc", "ham0", "-y")).stdout).toContain("h-over.qcow2 is based on it by now");
    await on("ham0", `rm ${images}/h-over.qcow2`);
    expect(await mclu("gc", "ham0", "-y")).toMatchObject({ code: 0 });
    expect(await on("ham0", `ls -A ${images}`)).toBe("h-link.qcow2\n");
  });
});
