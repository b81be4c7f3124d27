import { describe, expect, it } from "vitest";
import { parseSnapshot, readSnapshotDisks, readSnapshotFiles } from "../../src/libvirt/snapshots.ts";
import { fixture } from "../support/fixture.ts";

describe("parseSnapshot", () => {
  it("reads one inside the image, with the guest's memory", () => {
    expect(parseSnapshot(fixture("snapshot-internal.xml"))).toEqual({
      name: "first",
      description: "the first one",
      state: "running",
      created: 1795259010,
      parent: null,
      kind: "internal",
      memory: true,
    });
  });

  it("reads one in a file of its own, of disks alone", () => {
    expect(parseSnapshot(fixture("snapshot-external.xml"))).toMatchObject({
      name: "ext",
      state: "disk-snapshot",
      parent: "second one",
      kind: "external",
      memory: false,
    });
  });
});

it("reads one of both kinds, and one that says nothing of itself", () => {
  const disks = "<disks><disk snapshot='internal'/><disk snapshot='external'/></disks>";
  expect(parseSnapshot(`<domainsnapshot><name>s</name>${disks}</domainsnapshot>`).kind).toBe("mixed");
  expect(parseSnapshot("<domainsnapshot/>")).toMatchObject({ name: "", kind: null, memory: false, created: null });
});

it("readSnapshotFiles names overlays and the guest's memory, and no disk without a file", () => {
  const disks = "<disks><disk><source file='/i/over'/></disk><disk snapshot='no'/></disks>";
  const text = `<domainsnapshot>${disks}<memory snapshot='external' file='/i/memory'/></domainsnapshot>`;
  expect(readSnapshotFiles(text)).toEqual(["/i/over", "/i/memory"]);
  expect(readSnapshotFiles("<domainsnapshot/>")).toEqual([]);
});

it("readSnapshotDisks names what it was made of, and no medium", () => {
  const disks = `<disk><source file='/i/a'/></disk><disk device='cdrom'><source file='/i/cd'/></disk>
    <disk type='volume'><source pool='p' volume='v'/></disk><disk><source file='/i/b'/><readonly/></disk>`;
  const text = `<domainsnapshot><domain><devices>${disks}</devices></domain></domainsnapshot>`;
  expect(readSnapshotDisks(text)).toEqual(["/i/a", "p/v"]);
  expect(readSnapshotDisks("<domainsnapshot/>")).toEqual([]);
});
