import { describe, expect, it } from "vitest";
import type { FileFacts } from "../../../src/libvirt/files-query.ts";
import { volumeKey } from "../../../src/libvirt/named-files.ts";
import type { DiskCandidate } from "../../../src/operations/delete/fate.ts";
import type { NodeImages } from "../../../src/operations/delete/images.ts";
import type { Neighbour } from "../../../src/operations/delete/neighbours.ts";
import { namedBy, overlayNames, overlayPath, overlaysOn } from "../../../src/operations/delete/same-file.ts";
import { firstDisk } from "./first-disk.ts";

const path = "/srv/nfs/base.qcow2";
const facts = (inode: number, fileSystem: string, size = 100): FileFacts => ({
  identity: `7:${inode}`,
  target: `7:${inode}`,
  size,
  kind: "regular file",
  leadsTo: "regular file",
  fileSystem,
});
const candidate = (file: FileFacts | null, more: Partial<DiskCandidate> = {}): DiskCandidate => ({
  disk: firstDisk(path),
  path,
  volume: null,
  file,
  ...more,
});
/** ham1 has an image /over that is based on a file of its own. */
const ham1 = (base: string, file: FileFacts | null): ReadonlyMap<string, NodeImages> => {
  const images: NodeImages = {
    node: "ham1",
    places: [],
    raw: [],
    scan: { images: [{ file: "/over", backing: [base], data: [] }], unread: [], untold: [] },
    file: (other) => (other === base ? file : null),
  };
  return new Map([["ham1", images]]);
};
const home = { node: "ham0", uuid: "own" };
const backedUpon = (disk: DiskCandidate, images: ReadonlyMap<string, NodeImages>) =>
  overlaysOn(disk, home, images).map((one) => overlayPath(one, home));
const neighbour = (paths: readonly string[]): Neighbour => ({
  node: "ham1",
  name: "web",
  uuid: "other",
  definitions: { now: "", next: "", snapshots: [], checkpoints: [] },
  names: { paths, volumes: [] },
  variables: null,
  snapshotFiles: [],
  inSnapshots: { paths: [], volumes: [] },
});

describe("what another node is based on", () => {
  it.each<[string, FileFacts | null, string, FileFacts | null]>([
    ["the same path on storage that is shared here", facts(5, "nfs"), path, null],
    ["the same path on storage that is shared there", facts(5, "ext2/ext3"), path, facts(9, "nfs")],
    ["the same inode at another mount", facts(5, "ext2/ext3"), "/mnt/base.qcow2", facts(5, "nfs", 9)],
    ["the same name and size, where inodes are not handed on", facts(5, "cifs"), "/mnt/base.qcow2", facts(8, "cifs")],
  ])("is this file, by %s", (_how, file, base, found) => {
    expect(backedUpon(candidate(file), ham1(base, found))).toEqual(["ham1:/over"]);
  });

  it.each<[string, FileFacts | null, string, FileFacts | null]>([
    ["the same path on a disk of its own", facts(5, "ext2/ext3"), path, facts(5, "ext2/ext3")],
    ["the same path, where nothing is", facts(5, "ext2/ext3"), path, null],
    ["another file on shared storage", facts(5, "nfs"), "/mnt/other.qcow2", facts(6, "nfs")],
  ])("is not this file, by %s", (_how, file, base, found) => {
    expect(backedUpon(candidate(file), ham1(base, found))).toEqual([]);
  });

  it("may be named in the description of a driver", () => {
    const local = candidate(facts(5, "ext2/ext3"));
    const driver = (file: string) => `json:{"driver":"qcow2","file":{"driver":"file","filename":"${file}"}}`;
    expect(backedUpon(local, ham1(driver(path), null))).toEqual(["ham1:/over"]);
    expect(backedUpon(local, ham1(driver("/mnt/other.qcow2"), null))).toEqual([]);
  });

  it("is named by the guests whose disks it is, by whatever path, and else by its path", () => {
    const images = ham1(path, null);
    const named = (...guests: readonly ReturnType<typeof neighbour>[]) =>
      overlayNames([{ node: "ham1", file: "/over" }], home, guests, images);
    expect(named(neighbour(["/over"]), { ...neighbour(["/over"]), name: "db" })).toEqual(["ham1/web", "ham1/db"]);
    expect(named(neighbour(["/else"]), { ...neighbour(["/over"]), node: "ham0" })).toEqual(["ham1:/over"]);
    expect(named({ ...neighbour([]), names: null })).toEqual(["ham1:/over"]);
    const linked = { ...neighbour(["/link"]), uuid: "linked" };
    const one = images.get("ham1");
    const file = (other: string) => (other === "/over" || other === "/link" ? facts(7, "ext2/ext3") : null);
    expect(
      overlayNames(
        [{ node: "ham1", file: "/over" }],
        home,
        [linked],
        one ? new Map([["ham1", { ...one, file }]]) : images,
      ),
    ).toEqual(["ham1/web"]);
    const own = [{ ...neighbour(["/over"]), ...home, name: "own" }];
    expect(overlayNames([{ node: "ham0", file: "/over" }], home, own, images)).toEqual(["/over"]);
  });

  it("may be a logical volume by its other name", () => {
    const kind = { uuid: "pool", name: "vg-a", type: "logical", directory: "/dev/vg-a" };
    const volume = { pool: "pool", name: "lv-1", path: "/dev/vg-a/lv-1", kind };
    const logical = candidate(null, { path: volume.path, volume });
    expect(namedBy(logical, home, [neighbour(["/dev/mapper/vg--a-lv--1"])], ham1("/x", null))).toBe("ham1/web");
    expect(namedBy(logical, home, [neighbour(["/dev/mapper/vg-a-lv-1"])], ham1("/x", null))).toBeUndefined();
  });

  it("may be a volume of a pool that there is not, by its name", () => {
    const named = (volume: string) => ({
      ...neighbour([]),
      names: { paths: [], volumes: [volumeKey("", volume)] },
    });
    expect(namedBy(candidate(null), home, [named("base.qcow2")], new Map())).toBe("ham1/web");
    expect(namedBy(candidate(null), home, [named("other.qcow2")], new Map())).toBeUndefined();
  });

  it("may be named by a guest of a node that was not asked for its images, by the path alone", () => {
    const local = candidate(facts(5, "ext2/ext3"));
    expect(namedBy(local, home, [neighbour([path])], new Map())).toBe("ham1/web");
    expect(namedBy(local, home, [neighbour(["/mnt/base.qcow2"])], new Map())).toBeUndefined();
  });
});

it("is the file that libvirt chooses for the UEFI variables of another guest of the node, not of one elsewhere", () => {
  const variables = "/var/lib/libvirt/qemu/nvram/web_VARS.fd";
  const named = (node: string) =>
    namedBy(candidate(null, { path: variables }), home, [{ ...neighbour([]), node, variables }], new Map());
  expect([named("ham0"), named("ham1")]).toEqual(["ham0/web", undefined]);
});
