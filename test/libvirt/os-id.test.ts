import { expect, it } from "vitest";
import { osIdOf } from "../../src/libvirt/os-id.ts";

it.each([
  ["debian12", "http://debian.org/debian/12"],
  ["centos-stream9", "http://centos.org/centos-stream/9"],
  ["opensuse15.5", "http://opensuse.org/opensuse/15.5"],
  ["plan9", undefined],
  ["debian", undefined],
  ["", undefined],
])("osIdOf(%j) is %j", (short, id) => {
  expect(osIdOf(short)).toBe(id);
});
