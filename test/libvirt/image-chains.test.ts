import { describe, expect, it } from "vitest";
import { filesBeyond, followChains, type ScannedImage } from "../../src/libvirt/image-chains.ts";

const image = (file: string, backing: string | null = null, more: Partial<ScannedImage> = {}): ScannedImage => ({
  ...{ file, backing, backingFormat: null, dataFile: null },
  ...more,
});
const chainsOf = (...images: readonly ScannedImage[]) =>
  Object.fromEntries(followChains(images).map(({ file, backing, data }) => [file, [...backing, ...data]]));

describe("chains of images", () => {
  it("are followed to their ground, with what holds the content of a part", () => {
    expect(chainsOf(image("/a", "/b"), image("/b", "/c", { dataFile: "/d" }), image("/c"))).toEqual({
      "/a": ["/b", "/c", "/d"],
      "/b": ["/c", "/d"],
      "/c": [],
    });
  });

  it("end where they are a ring", () => {
    expect(chainsOf(image("/a", "/b"), image("/b", "/c"), image("/c", "/a"))).toEqual({
      "/a": ["/b", "/c"],
      "/b": ["/c", "/a"],
      "/c": ["/a", "/b"],
    });
    expect(chainsOf(image("/a", "/a"))).toEqual({ "/a": [] });
  });

  it("end where an image says that it is backed by what is raw, however that begins", () => {
    const pinned = image("/a", "/b", { backingFormat: "raw" });
    expect(chainsOf(pinned, image("/b", "/victim"))["/a"]).toEqual(["/b"]);
    expect(chainsOf(image("/a", "/b", { backingFormat: "qcow2" }), image("/b", "/c"))["/a"]).toEqual(["/b", "/c"]);
  });

  it("name the files that a driver, or a description of some, leads to", () => {
    const json = 'json:{"driver":"qcow2","file":{"driver":"file","filename":"/b"},"backing":{"filename":"file:///c"}}';
    expect(chainsOf(image("/a", json), image("/b", "/d"))["/a"]).toEqual([json, "/b", "/c", "/d"]);
    const single = `json:{'file':{'driver':'file','filename':'/it\\'s "b"\\u0041'},'x':"/o'c",'y':'\n/raw'}`;
    expect(chainsOf(image("/a", single))["/a"]).toEqual([single, `/it's "b"A`, "/o'c"]);
    expect(chainsOf(image("/a", `json:{'filename':'/x\n'}`))["/a"]?.at(-1)).toBe("/x\n");
    expect(chainsOf(image("/a", "host_device:/dev/b"))["/a"]).toEqual(["host_device:/dev/b", "/dev/b"]);
    expect(chainsOf(image("/a", "file:/b"), image("/b", "/c"))["/a"]).toEqual(["file:/b", "/b", "/c"]);
    expect(chainsOf(image("/a", "json:{"), image("/b", "nbd://host/x"))).toEqual({
      "/a": ["json:{"],
      "/b": ["nbd://host/x"],
    });
  });

  it("of a thousand overlays are followed as well", () => {
    const all = Array.from({ length: 1000 }, (_, at) => image(`/${at}`, `/${at + 1}`));
    expect(chainsOf(...all)["/0"]).toHaveLength(1000);
  });
});

it("what images are backed by outside of directories is named once, and what is raw is not", () => {
  const images = [
    ...[image("/i/a", "/i/base"), image("/i/b", "/x/base"), image("/i/c", "/x/base"), image("/i/d", "nbd://x")],
    image("/i/e", "/x/raw", { backingFormat: "raw" }),
    image("/i/f", 'json:{"filename":"/y/base"}'),
  ];
  expect(filesBeyond(images, new Set(["/i"]))).toEqual(["/x/base", "/y/base"]);
});
