import { describe, expect, it } from "vitest";
import type { FileFacts } from "../../../src/libvirt/files-query.ts";
import { type DiskCandidate, type Evidence, fateOfDisk } from "../../../src/operations/delete/fate.ts";
import { firstDisk } from "./first-disk.ts";

const path = "/var/lib/libvirt/images/web1.qcow2";
const disk = firstDisk(path);
const file: FileFacts = {
  identity: "1:2",
  target: "1:2",
  size: 1024,
  kind: "regular file",
  leadsTo: "regular file",
  fileSystem: "ext2/ext3",
};
const volume = (type: string) => ({
  pool: "uuid",
  name: "web1.qcow2",
  path,
  kind: { uuid: "uuid", name: "default", type, directory: "/var/lib/libvirt/images" },
});
const nobody: Evidence = { namedBy: () => undefined, backs: () => undefined, unknown: null, elsewhere: null };

const fate = (candidate: Partial<DiskCandidate>, evidence: Partial<Evidence> = {}) =>
  fateOfDisk({ disk, path, volume: volume("dir"), file, ...candidate }, { ...nobody, ...evidence });

describe("fateOfDisk", () => {
  it("removes a regular file and a volume that nothing else wants", () => {
    expect(fate({})).toEqual({ what: "disk vda", path, fate: "remove", reason: null, size: 1024 });
    expect(fate({ volume: null })).toMatchObject({ fate: "remove" });
    const device = { ...file, kind: "symbolic link" };
    expect(fate({ volume: volume("logical"), file: device })).toMatchObject({ fate: "remove" });
  });

  it("knows a file that is not there", () => {
    expect(fate({ file: null })).toMatchObject({ fate: "missing" });
  });

  it.each<[string, Partial<DiskCandidate>, Partial<Evidence>, string]>([
    ["a cdrom", { disk: { ...disk, device: "cdrom" } }, {}, "it is a cdrom"],
    ["a LUN", { disk: { ...disk, device: "lun" } }, {}, "it is a lun"],
    ["a read-only disk", { disk: { ...disk, readonly: true } }, {}, "read-only"],
    ["a shareable disk", { disk: { ...disk, shareable: true } }, {}, "shareable"],
    ["a network disk", { disk: { ...disk, type: "network" }, path: null }, {}, "type network"],
    [
      "a volume of an inactive pool",
      { disk: { ...disk, volume: { pool: "p", name: "v" } }, path: null },
      {},
      "its pool p is not active, or does not list it",
    ],
    ["a symbolic link", { file: { ...file, kind: "symbolic link" } }, {}, "symbolic link"],
    ["a directory", { file: { ...file, kind: "directory" } }, {}, "no regular file but a directory"],
    ["a block device", { volume: null, file: { ...file, kind: "block special file" } }, {}, "outside a pool"],
    [
      "a block device that is gone",
      { volume: null, file: null, disk: { ...disk, type: "block" } },
      {},
      "outside a pool",
    ],
    [
      "an origin of LVM snapshots",
      { volume: volume("logical"), file: { ...file, kind: "symbolic link", isOrigin: true } },
      {},
      "it has LVM snapshots, which would go with it",
    ],
    ["a volume of SCSI", { volume: volume("scsi") }, {}, "type scsi"],
    ["what another guest names", {}, { namedBy: () => "ham1/db" }, "ham1/db names it too"],
    ["what an image is based on", {}, { backs: () => "/over" }, "/over is backed by it"],
    ["anything where something could not be read", {}, { unknown: "nobody can tell" }, "nobody can tell"],
    [
      "a volume of NFS while a node is silent",
      { volume: volume("netfs") },
      { elsewhere: "these nodes did not answer: ham3" },
      "did not answer: ham3",
    ],
    [
      "a file on NFS that images of other nodes may need",
      { file: { ...file, fileSystem: "nfs" } },
      { elsewhere: "nobody can tell what ham1:/over is based on, or has in it" },
      "it is on shared storage, and nobody can tell",
    ],
  ])("keeps %s", (_what, candidate, evidence, reason) => {
    const kept = fate(candidate, evidence);
    expect(kept.fate).toBe("keep");
    expect(kept.reason).toContain(reason);
  });

  it("removes what is local also while a node is silent, and what is shared where every node told all", () => {
    expect(fate({}, { elsewhere: "these nodes did not answer: ham3" })).toMatchObject({ fate: "remove" });
    expect(fate({ volume: volume("netfs") })).toMatchObject({ fate: "remove" });
  });
});
