import { expect, it } from "vitest";
import { readImages } from "../../../src/operations/delete/images.ts";
import type { Neighbour } from "../../../src/operations/delete/neighbours.ts";
import { fakeCluster } from "../../support/fake-host.ts";
import { testUuid } from "../../support/test-driver.ts";

const hex = (path: string) => Buffer.from(path).toString("hex");

it("takes for certain what libvirt has read anew, where the first bytes show no more than it tells", async () => {
  const based = (path: string) => `<backingStore><path>${path}</path><format type='qcow2'/></backingStore>`;
  const read = async (heads: string, backing = based("/images/base"), isRefreshed = true, fileSystem = "ext2/ext3") => {
    const said: Readonly<Record<string, string | undefined>> = {
      "pool-list": testUuid(1),
      "pool-dumpxml": "<pool type='dir'><name>a</name><target><path>/images</path></target></pool>",
      "pool-refresh": isRefreshed ? "Pool refreshed" : undefined,
      "vol-list": " Name   Path\n-----\n over   /images/over\n",
      "vol-dumpxml": `<volume><target><path>/images/over</path></target>${backing}</volume>`,
    };
    const cluster = await fakeCluster({ ham0: () => [] }, "", {
      virsh: ([command = ""]) => said[command],
      run: (argv) => {
        if (argv[2]?.includes("vol-download")) return heads;
        const facts = (path: string) =>
          path === "/images" ? `1:1 4096 1:1 ${fileSystem} | directory | directory\n` : "none\n";
        if (!argv[2]?.includes("qemu-img")) return argv.slice(4).map(facts).join("");
        return argv.includes("/images") ? `?${hex("/images")}\n` : "";
      },
    });
    const { scan } = await readImages(cluster.node("ham0"), [], ["/images/base"], undefined);
    return [scan.images.length, scan.unread];
  };
  expect(await read("based\n")).toEqual([1, []]);
  expect(await read("plain\n", "")).toEqual([1, []]);
  expect(await read("vague\n")).toEqual([1, ["/images"]]);
  // libvirt lists nothing there that it may not open itself
  for (const far of ["nfs", "fuseblk", ""])
    expect(await read("based\n", based("/images/base"), true, far)).toEqual([1, ["/images"]]);
  // libvirt was not told of a base, or reads nothing anew
  expect(await read("based\n", "")).toEqual([1, ["/images"]]);
  expect(await read("based\n", based("/images/base"), false)).toEqual([1, ["/images"]]);
  await expect(read("based\nplain\n")).rejects.toThrow();
  await expect(read("odd\n")).rejects.toThrow();
});

it("asks for guests' images by name where their directory cannot be listed, and keeps what cannot be seen unread", async () => {
  const scans: string[][] = [];
  const asked: string[] = [];
  const pool = "<pool type='dir'><name>a</name><target><path>/images</path></target></pool>";
  const volume = (name: string, more = "") =>
    `<volume><target><path>/images/${name}</path><format type='qcow2'/></target>${more}</volume>`;
  const said: Readonly<Record<string, string>> = {
    ...{ "pool-list": testUuid(1), "pool-dumpxml": pool },
    ...{ "vol-list": " Name   Path\n-----\n over   /images/over\n" },
    "vol-dumpxml": volume("over", "<backingStore><path>/images/base</path><format type='qcow2'/></backingStore>"),
  };
  const cluster = await fakeCluster({ ham0: () => [] }, "", {
    virsh: ([command = ""]) => {
      asked.push(command);
      return said[command];
    },
    run: (argv) => {
      if (!argv[2]?.includes("qemu-img")) return "none\n".repeat(argv.length - 4);
      scans.push(argv.slice(5));
      return scans.length === 1 ? `?${hex("/images")}\n` : `!${hex("/images/new")}\n`;
    },
  });
  const xml = (path: string, format: string) =>
    `<domain><devices><disk type='file' device='disk'><driver type='${format}'/><source file='${path}'/><target dev='vda'/></disk></devices></domain>`;
  const other = (path: string, format: string): Neighbour => ({
    ...{
      node: "ham0",
      name: "web2",
      uuid: testUuid(2),
      names: null,
      variables: null,
      snapshotFiles: [],
      inSnapshots: { paths: [], volumes: [] },
    },
    definitions: { now: xml(path, format), next: "", snapshots: [], checkpoints: [] },
  });
  const guests = [other("/images/new", "qcow2"), other("/images/raw", "raw")];
  const { scan } = await readImages(cluster.node("ham0"), guests, ["/images/base"], undefined);
  expect(scans).toEqual([["/images"], ["/images/base", "/images/new"]]);
  expect(scan).toEqual({
    images: [{ file: "/images/over", backing: ["/images/base"], data: [] }],
    unread: ["/images", "/images/new"],
    untold: [{ path: "/images/new", isHidden: true }],
  });
  // libvirt reads a pool once, however deep the look goes
  expect(asked.filter((command) => command !== "uri")).toEqual([
    "pool-list",
    "pool-dumpxml",
    "pool-refresh",
    "vol-list",
    "vol-dumpxml",
  ]);
});

it("looks for images where pools have files or volumes, beside disks, and nowhere else", async () => {
  const pools: Readonly<Record<string, string>> = {
    [testUuid(1)]: "<pool type='dir'><name>a</name><target><path>/images</path></target></pool>",
    [testUuid(2)]: "<pool type='logical'><name>b</name><target><path>/dev/vg</path></target></pool>",
    [testUuid(3)]: "<pool type='rbd'><name>c</name></pool>",
    [testUuid(4)]: "<pool type='scsi'><name>d</name><target><path>/dev/disk/by-path</path></target></pool>",
  };
  let scanned: readonly string[] = [];
  const cluster = await fakeCluster({ ham0: () => [] }, "", {
    virsh: ([command, uuid = ""]) =>
      command === "pool-list"
        ? `${Object.keys(pools).join("\n")}\n`
        : command === "pool-dumpxml"
          ? pools[uuid]
          : undefined,
    run: (argv) => {
      if (argv[2]?.includes("stat -c") && !argv[2].includes("qemu-img"))
        return argv
          .slice(4)
          .map(() => "none\n")
          .join("");
      scanned = argv;
      return undefined;
    },
  });
  await readImages(cluster.node("ham0"), [], ["/srv/web1.qcow2", "/dev/vdb"], undefined);
  const places = ["/images", "/dev/vg", "/srv", "/dev", "/dev/disk/by-path"].filter((place) => scanned.includes(place));
  expect(places).toEqual(["/images", "/dev/vg", "/srv"]);
});
