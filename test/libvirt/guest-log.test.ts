import { describe, expect, it } from "vitest";
import { logDirectory } from "../../src/libvirt/guest-log.ts";

describe("logDirectory", () => {
  it.each([
    ["qemu:///system", "/var/log/libvirt/qemu"],
    ["qemu+unix:///system?socket=/run/x", "/var/log/libvirt/qemu"],
    ["qemu:///session", "libvirt/qemu/log"],
    ["lxc:///system", "/var/log/libvirt/lxc"],
    ["xen:///system", "/var/log/libvirt/libxl"],
    ["ch:///system", "/var/log/libvirt/ch"],
  ])("of %s is %s", (uri, path) => {
    expect(logDirectory(uri)?.path).toBe(path);
  });

  it.each(["test:///default", "qemu+ssh://other/system", "qemu:///embed?root=/x", "", "nonsense"])(
    "is nowhere for %j",
    (uri) => {
      expect(logDirectory(uri)).toBeNull();
    },
  );
});
