import { expect, it } from "vitest";
import { blockCopies } from "../../src/libvirt/block-copies.ts";

it("reads what the disks of a running guest are copied into", () => {
  const disk = (mirror: string, target = "<target dev='vda'/>") =>
    `<disk><source file='/i/a'/>${mirror}${target}</disk>`;
  const xml = [
    disk(""),
    disk("<mirror type='file' job='copy'><source file='/i/b'/></mirror>"),
    disk("<mirror type='block' job='active-commit'><source dev='/dev/b'/></mirror>"),
    disk("<mirror type='network' job='copy'><source protocol='nbd' name='b'/></mirror>", ""),
  ].join("");
  expect(blockCopies(`<domain><devices>${xml}</devices></domain>`)).toEqual([
    { target: "vda", path: "/i/b" },
    { target: "vda", path: "/dev/b" },
    { target: "", path: null },
  ]);
});
