import { describe, expect, it } from "vitest";
import { parseSnapshot } from "../../src/libvirt/snapshots.ts";
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
