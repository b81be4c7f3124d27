import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBlockInfo, parseImageChain, parseVolume } from "../../src/libvirt/block.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { fixture } from "../support/fixture.ts";

describe("parseImageChain", () => {
  it("reads an overlay of an overlay", () => {
    const path = (name: string) => `/var/lib/libvirt/images/${name}.qcow2`;
    const image = (name: string, backing?: string) => ({
      file: path(name),
      backing: backing === undefined ? null : path(backing),
      backingFormat: backing === undefined ? null : "qcow2",
      dataFile: null,
      format: "qcow2",
      capacity: 100 * 1024 ** 2,
      allocation: 200704,
    });
    expect(parseImageChain(fixture("qemu-img-chain.json"))).toEqual([
      image("over lay", "mid"),
      image("mid", "base"),
      image("base"),
    ]);
  });

  it.each(["", "{}", "[]", "[1]", '[{"filename":1}]', "qemu-img: error", "[{", '[{"filename":"/a\\u0000b"}]'])(
    "refuses %j",
    (text) => {
      expect(() => parseImageChain(text)).toThrow(UnexpectedOutput);
    },
  );

  it("leaves numbers unknown that are none", () => {
    const text = JSON.stringify([{ filename: "/a", "virtual-size": "1", "actual-size": -1 }]);
    expect(parseImageChain(text)).toEqual([
      {
        file: "/a",
        format: null,
        backing: null,
        backingFormat: null,
        dataFile: null,
        capacity: null,
        allocation: null,
      },
    ]);
  });

  it("works out where a backing file is where qemu-img does not", () => {
    const text = JSON.stringify([{ filename: "/i/a", "backing-filename": "../b" }]);
    expect(parseImageChain(text)[0].backing).toBe("/b");
  });

  it.each([
    ["/data/a.raw", "/data/a.raw"],
    ["a.raw", "/i/a.raw"],
    ["../b: c.raw", "/b: c.raw"],
    ["nbd://host/a", "nbd://host/a"],
    ["", null],
    [1, null],
  ])("knows the file that holds an image's content, given as %j", (named, dataFile) => {
    const text = JSON.stringify([
      { filename: "/i/a", "format-specific": { type: "qcow2", data: { "data-file": named } } },
    ]);
    expect(parseImageChain(text)[0].dataFile).toBe(dataFile);
  });

  it("throws nothing but UnexpectedOutput", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseImageChain(text);
        } catch (error) {
          expect(error).toBeInstanceOf(UnexpectedOutput);
        }
      }),
    );
  });
});

describe("parseBlockInfo", () => {
  it("reads domblkinfo, also of an empty drive", () => {
    const text = "Capacity:       104857600\nAllocation:     200704\nPhysical:       196616\n";
    expect(parseBlockInfo(text)).toEqual({ capacity: 104857600, allocation: 200704 });
    expect(parseBlockInfo("Capacity:       -\nAllocation:     -\n")).toEqual({ capacity: null, allocation: null });
    expect(parseBlockInfo("")).toEqual({ capacity: null, allocation: null });
  });
});

describe("parseVolume", () => {
  it("reads a volume and what backs it", () => {
    expect(parseVolume(fixture("volume.xml"))).toEqual({
      path: "/var/lib/libvirt/images/vol1.qcow2",
      format: "qcow2",
      capacity: 64 * 1024 ** 2,
      allocation: 200704,
      backing: null,
    });
    const backed = "<volume><backingStore><path>/base</path><format type='raw'/></backingStore></volume>";
    expect(parseVolume(backed).backing).toEqual({ path: "/base", format: "raw" });
  });
});
