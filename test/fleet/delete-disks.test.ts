import { beforeAll, describe, expect, it } from "vitest";
import { deleteBench, diskXml, images, virsh } from "./delete-bench.ts";
import { corruptImage, mountShared, shared, startNetworkPool } from "./shared-storage.ts";

describe("the disks of guests that are deleted", () => {
  const bench = deleteBench({ net: "10.153.0", nodes: 3, kinds: { ham1: "sudo" } });
  const { on, fates, remove, defineXml, forget, image, expectFiles } = bench;

  it("keeps what is not the guest's own, each for its reason", async () => {
    await on(
      "ham0",
      `mkdir -p /var/tmp/elsewhere && cd ${images} && truncate -s 1M /var/tmp/elsewhere/raw.img /var/tmp/elsewhere/loop.img \
&& ln -sf /var/tmp/elsewhere/raw.img link.img && ln -sfn ${images} /var/lib/libvirt/alias`,
    );
    const loop = (await on("ham0", "losetup --find --show /var/tmp/elsewhere/loop.img")).trim();
    try {
      for (const name of ["ro", "shared", "named", "base", "mine"]) await image("ham0", `k-${name}.qcow2`);
      await image("ham0", "k-over.qcow2", "-b", `${images}/k-base.qcow2`, "-F qcow2");
      // by a path that only leads to the same file
      await defineXml("ham0", "neighbour", diskXml("/var/lib/libvirt/alias/k-named.qcow2", "vda"));
      await defineXml(
        "ham0",
        "keeper",
        [
          diskXml(`${images}/k-ro.qcow2`, "vda", "<readonly/>"),
          diskXml(`${images}/k-shared.qcow2`, "vdb", "<shareable/>", "raw"),
          diskXml(`${images}/k-named.qcow2`, "vdc"),
          diskXml(`${images}/k-base.qcow2`, "vdd"),
          diskXml(`${images}/link.img`, "vde", "", "raw"),
          diskXml("/var/tmp/elsewhere/raw.img", "vdf", "", "raw"),
          `<disk type='block' device='disk'><source dev='${loop}'/><target dev='vdg' bus='virtio'/></disk>`,
          `<disk type='file' device='cdrom'><source file='${images}/k-mine.qcow2'/><target dev='sda' bus='sata'/></disk>`,
          `<disk type='network' device='disk'><source protocol='nbd' name='x'><host name='127.0.0.1'/></source><target dev='vdh' bus='virtio'/></disk>`,
          diskXml(`${images}/never-was.qcow2`, "vdi"),
        ].join(""),
      );
      expect(await fates("keeper")).toEqual([
        [`${images}/k-ro.qcow2`, "keep", "it is read-only for this guest"],
        [`${images}/k-shared.qcow2`, "keep", "it is shareable: other guests may use it"],
        [`${images}/k-named.qcow2`, "keep", "ham0/neighbour names it too"],
        [`${images}/k-base.qcow2`, "keep", `${images}/k-over.qcow2 is backed by it`],
        [`${images}/link.img`, "keep", "it is a symbolic link"],
        ["/var/tmp/elsewhere/raw.img", "remove", null],
        [loop, "keep", "it is a block device outside a pool"],
        ["nbd:x", "keep", "it is a disk of type network"],
        [`${images}/never-was.qcow2`, "missing", "nothing is there, or nothing this login may see"],
        [`${images}/k-mine.qcow2`, "keep", "it is a cdrom"],
      ]);
      expect(await remove("keeper")).toMatchObject({ code: 0 });
      await expectFiles("ham0", {
        ...Object.fromEntries(
          ["ro", "shared", "named", "base", "mine"].map((one) => [`${images}/k-${one}.qcow2`, true]),
        ),
        "/var/tmp/elsewhere/raw.img": false,
      });
    } finally {
      await on("ham0", `losetup -d ${loop}`);
    }
  });

  it("keeps a disk that a guest of another node names, and one of a volume by name", async () => {
    await image("ham0", "both.qcow2");
    await image("ham0", "volume.qcow2");
    const volume =
      "<disk type='volume' device='disk'><source pool='default' volume='volume.qcow2'/><target dev='vdb' bus='virtio'/></disk>";
    await defineXml("ham0", "here", diskXml(`${images}/both.qcow2`, "vda") + volume);
    await defineXml("ham1", "there", diskXml(`${images}/both.qcow2`, "vda") + volume);
    expect(await fates("ham0/here")).toEqual([
      [`${images}/both.qcow2`, "keep", "ham1/there names it too"],
      [`${images}/volume.qcow2`, "keep", "ham1/there names it too"],
    ]);
    await forget("ham1", "there");
    expect(await remove("ham0/here")).toMatchObject({ code: 0 });
    await expectFiles("ham0", { [`${images}/both.qcow2`]: false, [`${images}/volume.qcow2`]: false });
  });

  describe("on storage that nodes share", () => {
    const pool = "/var/lib/libvirt/nfs";
    // where ham1 has mounted what ham0 has at another place
    const there = "/var/lib/libvirt/there";
    const overlay = `${images}/overlay.qcow2`;
    const create = (node: string, path: string, ...base: string[]) =>
      on(node, `qemu-img create -q -f qcow2 ${base.join(" ")} ${path} 1M`);

    beforeAll(async () => {
      await startNetworkPool(bench.fleet().node("ham0"), "nfs", pool);
      await mountShared(bench.fleet().node("ham1"), there);
    });

    it("keeps a volume that images or guests of another node want, whatever its path there", async () => {
      await create("ham0", `${pool}/wanted.qcow2`);
      await on("ham0", `${virsh} pool-refresh nfs`);
      await defineXml("ham0", "home", diskXml(`${pool}/wanted.qcow2`, "vda"));
      await create("ham1", overlay, "-b", `${there}/wanted.qcow2`, "-F qcow2");
      expect(await fates("ham0/home")).toEqual([[`${pool}/wanted.qcow2`, "keep", `ham1:${overlay} is backed by it`]]);
      await on("ham1", `rm ${overlay}`);
      await defineXml("ham1", "abroad", diskXml(`${there}/wanted.qcow2`, "vda"));
      expect(await fates("ham0/home")).toEqual([[`${pool}/wanted.qcow2`, "keep", "ham1/abroad names it too"]]);
      await forget("ham1", "abroad");
      expect(await remove("ham0/home")).toMatchObject({ code: 0, stdout: "ham0/home: deleted\n" });
      await expectFiles("ham0", { [`${pool}/wanted.qcow2`]: false });
    });

    it("keeps a volume while a node does not answer, or cannot read an image, and what is local goes", async () => {
      await create("ham0", `${pool}/open.qcow2`);
      await on("ham0", `${virsh} pool-refresh nfs`);
      await image("ham0", "local.qcow2");
      const disks = diskXml(`${pool}/open.qcow2`, "vda") + diskXml(`${images}/local.qcow2`, "vdb");
      await defineXml("ham0", "open", disks);
      const kept = (why: string) => [
        [`${pool}/open.qcow2`, "keep", `it is on shared storage, and ${why}`],
        [`${images}/local.qcow2`, "remove", null],
      ];
      const broken = await corruptImage(bench.fleet().node("ham1"), images);
      expect(await fates("ham0/open")).toEqual(kept(`nobody can tell what ham1:${broken} is based on, or has in it`));
      await on("ham1", `rm ${broken}`);
      await bench.fleet().off("ham2");
      try {
        expect(await fates("ham0/open")).toEqual(kept("these nodes did not answer: ham2"));
      } finally {
        await bench.fleet().on("ham2");
      }
      expect(await remove("ham0/open")).toMatchObject({ code: 0 });
      await expectFiles("ham0", { [`${pool}/open.qcow2`]: false, [`${images}/local.qcow2`]: false });
    });

    it("keeps a file of a node's own disk that another node has mounted and based an image on", async () => {
      await create("ham0", `${shared}/exported.qcow2`);
      await defineXml("ham0", "server", diskXml(`${shared}/exported.qcow2`, "vda"));
      await create("ham1", overlay, "-b", `${there}/exported.qcow2`, "-F qcow2");
      expect(await fates("ham0/server")).toEqual([
        [`${shared}/exported.qcow2`, "keep", `ham1:${overlay} is backed by it`],
      ]);
      // ham2 has the same path on a disk of its own
      await on("ham1", `rm ${overlay}`);
      await create("ham2", overlay, "-b", `${shared}/exported.qcow2`, "-F qcow2");
      expect(await fates("ham0/server")).toEqual([[`${shared}/exported.qcow2`, "remove", null]]);
    });
  });
});
