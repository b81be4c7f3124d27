import { describe, expect, it } from "vitest";
import { networkMountsQuery } from "../../src/libvirt/mounts-query.ts";
import { hasNetworkQuery } from "../../src/libvirt/network-query.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { libvirtVersionQuery, snapshotNamesQuery } from "../../src/libvirt/snapshot-query.ts";
import { testUuid } from "../support/test-driver.ts";

const said = (...texts: string[]) => ({ code: 0, texts });
const failed = { code: 1, texts: [""] };

describe("networkMountsQuery", () => {
  it.each([
    ["proc /proc proc rw 0 0\n/dev/vda / ext4 rw 0 0\n", false],
    ["/dev/vda / ext4 rw 0 0\nnas:/vm /srv/my\\040vm nfs4 rw 0 0\n", true],
    // of no type that is known to be of one machine
    ["half\n", true],
    ["", false],
  ])("reads the kernel's list %j", (list, expected) => {
    expect(networkMountsQuery.parse([said(list)])).toBe(expected);
  });

  it("is refused where there is no list", () => {
    expect(() => networkMountsQuery.parse([failed])).toThrow(UnexpectedOutput);
    expect(() => networkMountsQuery.parse([])).toThrow("exit code none");
    expect(networkMountsQuery.parse([{ code: 0, texts: [] }])).toBe(false);
  });
});

describe("hasNetworkQuery", () => {
  it("knows networks from what virsh lists, and bridges from the kernel", () => {
    const has = (kind: "network" | "bridge", name: string, list: string, test: number) =>
      hasNetworkQuery({ kind, name }).parse([said(list, ""), { code: test, texts: [""] }]);
    expect(has("network", "lab", " default\n lab\n", 1)).toBe(true);
    expect(has("network", "la", " default\n lab\n", 0)).toBe(false);
    expect(has("bridge", "br0", " br0\n", 1)).toBe(false);
    expect(has("bridge", "br0", "", 0)).toBe(true);
  });
});

describe("snapshotNamesQuery", () => {
  it("reads each guest's names, odd ones too, and which is the current one", () => {
    const query = snapshotNamesQuery([testUuid(1), testUuid(2), testUuid(3)]);
    expect(query.parse([said("a b\nbefore $(id)\n\n", "a b\n", "\n", "\n", "old\n", "\n", "")])).toEqual([
      { names: ["a b", "before $(id)"], current: "a b" },
      { names: [], current: null },
      { names: ["old"], current: null },
    ]);
  });
});

describe("libvirtVersionQuery", () => {
  it.each([
    ["Using library: libvirt 9.0.0\nRunning against daemon: 10.11.2\n", 10_011_002],
    ["Using library: libvirt 9.0.0\n", null],
    ["Running against daemon: ten\n", null],
  ])("reads %j", (text, expected) => {
    expect(libvirtVersionQuery.parse([said(text, "")])).toBe(expected);
  });
});
