import { describe, expect, it } from "vitest";
import { buildFindings } from "../../../src/operations/doctor/build-findings.ts";
import { examined, gib, libvirt, type Row } from "./examined.ts";

const become = "set become = sudo in [node.ham0] of mclu.conf";

describe("what doctor finds of what builds want", () => {
  it.each<Row>([
    ["pool", "ok", "default is active, 10.0G free", null, {}],
    ["pool", "ok", "default is active", null, { libvirt: { pool: { ...libvirt.pool, available: null } as never } }],
    [
      "pool",
      "problem",
      "default is not active",
      "mclu virsh ham0 -- pool-start default",
      { libvirt: { pool: { ...libvirt.pool, active: false } as never } },
    ],
    [
      "pool",
      "problem",
      "default is nearly full, 0.0G free",
      "mclu gc ham0, and to see how full it is: mclu exec ham0 -- df -h /images",
      { libvirt: { pool: { ...libvirt.pool, available: 1 } as never } },
    ],
    [
      "pool",
      "problem",
      "default is nearly full, 0.0G free",
      "mclu gc ham0, and to see how full it is: mclu exec ham0 -- df -h /",
      { host: { directory: null }, libvirt: { pool: { ...libvirt.pool, available: 1 } as never } },
    ],
    [
      "pool",
      "problem",
      "root may not write into /images",
      "mclu exec ham0 -- ls -ld /images",
      { host: { writable: false } },
    ],
    [
      "pool",
      "problem",
      "adm may not write into /images",
      become,
      { host: { writable: false, isRoot: false, user: "adm" } },
    ],
    [
      "pool",
      "warning",
      "default will not be active after a reboot",
      "mclu virsh ham0 -- pool-autostart default",
      { libvirt: { pool: { ...libvirt.pool, autostart: false } as never } },
    ],
    ["tools", "ok", "qemu-img version 7.2.22", null, {}],
    [
      "tools",
      "problem",
      "virt-builder, virt-customize, qemu-img, flock, curl missing",
      "mclu exec ham0 -- zypper install -y guestfs-tools qemu-img util-linux curl",
      { host: { manager: "zypper", programs: ["setsid", "sha256sum"] } },
    ],
    ["appliance", "ok", "built", null, {}],
    ["appliance", "ok", "a fixed one", null, { host: { appliance: false, parts: "fixed", programs: [] } }],
    [
      "appliance",
      "problem",
      "the directory supermin.d of libguestfs is not there: no appliance can be made",
      "mclu exec ham0 -- apt-get install -y supermin libguestfs0",
      { host: { parts: null } },
    ],
    [
      "appliance",
      "problem",
      "supermin is not there: no appliance can be made",
      "mclu exec ham0 -- dnf install -y supermin libguestfs-appliance",
      { host: { programs: ["virt-builder"], manager: "dnf" } },
    ],
    [
      "appliance",
      "ok",
      "not built yet: the first build takes some seconds more",
      null,
      { host: { appliance: false, kernels: ["/boot/vmlinuz"] } },
    ],
    [
      "appliance",
      "problem",
      "root may not read /boot/vmlinuz, of which libguestfs makes its appliance",
      "mclu exec ham0 -- sudo chmod +r /boot/vmlinuz",
      { host: { appliance: false, unreadable: ["/boot/vmlinuz"] } },
    ],
    [
      "appliance",
      "problem",
      "there is no kernel in /boot, of which libguestfs makes its appliance",
      "mclu exec ham0 -- apt-get install -y linux-image-amd64",
      { host: { appliance: false } },
    ],
    ["space", "ok", "free: / 10.0G, /images 0.0G", null, {}],
    [
      "space",
      "problem",
      "nearly full: /var/tmp 0.5G free",
      "mclu gc ham0, and to see how full it is: mclu exec ham0 -- df -h /var/tmp",
      { host: { space: [{ path: "/var/tmp", total: gib, free: gib / 2 }] } },
    ],
  ])("of what builds want: %s is %s: %s", (check, verdict, detail, fix, different) => {
    expect(buildFindings(examined(different))).toContainEqual({ check, verdict, detail, fix });
  });

  it("of a pool that is not there is mended by one command", () => {
    const [pool] = buildFindings(examined({ settings: { pool: "my pool" }, libvirt: { pool: null } }));
    expect(pool?.detail).toBe("there is no pool my pool");
    expect(pool?.fix).toMatch(
      /^mclu exec ham0 -- 'virsh -c qemu:\/\/\/system pool-define-as .*&& virsh -c qemu:\/\/\/system pool-autostart .*'$/,
    );
  });

  it("is not made of what libvirt did not say", () => {
    const checks = buildFindings(examined({ libvirt: null })).map(({ check }) => check);
    expect(checks).toEqual(["tools", "appliance", "space"]);
  });
});
