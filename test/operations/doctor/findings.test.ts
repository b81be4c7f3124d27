import { describe, expect, it } from "vitest";
import type { DoctorFacts, HostFacts } from "../../../src/libvirt/doctor-facts.ts";
import { parseHostFacts } from "../../../src/libvirt/host-facts.ts";
import type { NodeSettings } from "../../../src/node/settings.ts";
import { buildFindings } from "../../../src/operations/doctor/build-findings.ts";
import type { Examined, Finding } from "../../../src/operations/doctor/finding.ts";
import { libvirtFindings } from "../../../src/operations/doctor/libvirt-findings.ts";
import {
  clockFinding,
  jobsFinding,
  peersFinding,
  sshFinding,
  wakeFinding,
} from "../../../src/operations/doctor/node-findings.ts";

const gib = 1024 ** 3;
const mac = "52:54:00:00:00:01";
const settings = {
  ...{ name: "ham0", host: "ham0", uri: "qemu:///system", transport: "auto", become: "none", pool: "default", mac },
  ...{
    network: { kind: "network", name: "default" },
    groups: [],
    weight: 1,
    hostReserve: 0,
    readTimeout: 20,
    changeTimeout: 60,
  },
} as const satisfies NodeSettings;

const host: HostFacts = {
  ...parseHostFacts("now\t1000\nuid\t0\nuser\troot\nmanager\tapt-get\nsocket\tlibvirt-sock\nend"),
  programs: ["libvirtd", "virsh", "virt-builder", "virt-customize", "qemu-img", "setsid", "flock", "sha256sum", "curl"],
  versions: { "qemu-img": "qemu-img version 7.2.22" },
  ...{ kvm: true, appliance: true, directory: "/images", writable: true, route: "eth0" },
  space: [
    { path: "/", total: 20 * gib, free: 10 * gib },
    { path: "/images", total: 20 * gib, free: 0 },
  ],
  cards: [{ name: "eth0", mac, wake: "g" }],
};
const libvirt: NonNullable<DoctorFacts["libvirt"]> = {
  version: "9.0.0",
  writable: true,
  pool: { name: "default", active: true, capacity: 20 * gib, available: 10 * gib, autostart: true },
  network: { active: true, autostart: true },
};

function examined(
  different: {
    readonly settings?: Partial<NodeSettings>;
    readonly host?: Partial<HostFacts>;
    readonly libvirt?: Partial<typeof libvirt> | null;
    readonly hung?: boolean;
  } = {},
): Examined {
  return {
    settings: { ...settings, ...different.settings },
    facts: {
      hung: different.hung ?? false,
      host: { ...host, ...different.host },
      libvirt: different.libvirt === null ? null : { ...libvirt, ...different.libvirt },
    },
  };
}

type Row = [
  check: string,
  verdict: Finding["verdict"],
  detail: string,
  fix: string | null,
  Parameters<typeof examined>[0],
];

const modular = { programs: ["virsh", "virtqemud"], sockets: ["virtqemud-sock"] };
const bridge = { network: { kind: "bridge", name: "br0" } } as const;
const become = "set become = sudo in [node.ham0] of mclu.conf";

describe("a finding", () => {
  it.each<Row>([
    ["libvirt", "ok", "9.0.0, libvirtd", null, {}],
    [
      "libvirt",
      "ok",
      "of unknown version, modular daemons",
      null,
      {
        host: { programs: ["virsh", "virtqemud"], sockets: ["virtnetworkd-sock", "virtstoraged-sock"] },
        libvirt: { version: null },
      },
    ],
    [
      "libvirt",
      "problem",
      "virsh is not there",
      "mclu exec ham0 -- dnf install -y libvirt-client libvirt-daemon-kvm",
      { host: { programs: [], manager: "dnf" }, libvirt: null },
    ],
    [
      "libvirt",
      "problem",
      "virsh is not there",
      "mclu exec ham0 -- apt-get install -y libvirt-clients libvirt-daemon-system",
      { host: { programs: [], manager: null }, libvirt: null },
    ],
    [
      "libvirt",
      "problem",
      "virtqemud does not answer",
      "mclu exec ham0 -- systemctl enable --now virtqemud",
      { host: { ...modular, sockets: [] }, libvirt: null },
    ],
    [
      "libvirt",
      "problem",
      "libvirtd does not answer within 6 s",
      "mclu exec ham0 -- systemctl restart libvirtd",
      { libvirt: null, hung: true },
    ],
    [
      "libvirt",
      "problem",
      "virtnetworkd and virtstoraged does not run",
      "mclu exec ham0 -- systemctl enable --now virtnetworkd.socket virtstoraged.socket",
      { host: modular },
    ],
    ["rights", "ok", "root, by sudo may change guests", null, { settings: { become: "sudo" } }],
    ["rights", "problem", "root may look at guests and not change them", become, { libvirt: { writable: false } }],
    [
      "kvm",
      "warning",
      "the module is not loaded: guests are emulated, slowly",
      null,
      { host: { kvm: false, virtualization: true } },
    ],
    ["network", "ok", "the bridge br0 is active", null, { settings: bridge }],
    [
      "network",
      "problem",
      "there is no bridge br0",
      "network = NETWORK in [node.ham0] of mclu.conf",
      { settings: bridge, libvirt: { network: null } },
    ],
    [
      "network",
      "problem",
      "there is no network default",
      "mclu virsh ham0 -- net-list --all",
      { libvirt: { network: null } },
    ],
    [
      "network",
      "problem",
      "default is not active",
      "mclu virsh ham0 -- net-start default",
      { libvirt: { network: { active: false, autostart: true } } },
    ],
    [
      "network",
      "warning",
      "default will not be active after a reboot",
      "mclu virsh ham0 -- net-autostart default",
      { libvirt: { network: { active: true, autostart: false } } },
    ],
  ])("of libvirt: %s is %s: %s", (check, verdict, detail, fix, different) => {
    expect(libvirtFindings(examined(different))).toContainEqual({ check, verdict, detail, fix });
  });

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
      "mclu exec ham0 -- df -h /images",
      { libvirt: { pool: { ...libvirt.pool, available: 1 } as never } },
    ],
    [
      "pool",
      "problem",
      "default is nearly full, 0.0G free",
      "mclu exec ham0 -- df -h /",
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
      "virt-builder, virt-customize, curl missing",
      "mclu exec ham0 -- zypper install -y guestfs-tools qemu-img curl",
      { host: { manager: "zypper", programs: ["qemu-img", "setsid", "flock", "sha256sum"] } },
    ],
    ["appliance", "ok", "built", null, {}],
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
      "mclu exec ham0 -- df -h /var/tmp",
      { host: { space: [{ path: "/var/tmp", total: gib, free: gib / 2 }] } },
    ],
  ])("of what builds want: %s is %s: %s", (check, verdict, detail, fix, different) => {
    expect(buildFindings(examined(different))).toContainEqual({ check, verdict, detail, fix });
  });

  it("of a pool that is not there is mended by one command", () => {
    const [pool] = buildFindings(examined({ settings: { pool: "my pool" }, libvirt: { pool: null } }));
    expect(pool?.detail).toBe("there is no pool my pool");
    expect(pool?.fix).toMatch(/^mclu exec ham0 -- 'virsh pool-define-as .* && virsh pool-autostart .*'$/);
  });

  it("is not made of what libvirt did not say", () => {
    const silent = examined({ libvirt: null });
    expect(libvirtFindings(silent).map(({ check }) => check)).toEqual(["libvirt", "kvm"]);
    expect(buildFindings(silent).map(({ check }) => check)).toEqual(["tools", "appliance", "space"]);
  });

  it.each([
    [1000, 1001, "ok", "as here"],
    [900, 994, "problem", "6 s ahead of this machine's"],
    [1007, 1010, "problem", "7 s behind this machine's"],
    [1000 + 600, 1601, "problem", "10 min behind this machine's"],
    [1000 + 36_000, 37_001, "problem", "10 h behind this machine's"],
    [1000 + 864_000, 865_001, "problem", "10 days behind this machine's"],
  ])("of the clock, asked at %i and answered at %i, is %s: %s", (asked, answered, verdict, detail) => {
    expect(clockFinding(examined(), { asked, answered })).toMatchObject({ verdict, detail });
  });

  it.each<Row>([
    ["wake", "ok", "eth0 listens", null, {}],
    ["wake", "ok", "eth0 has the configured mac", null, { host: { cards: [{ name: "eth0", mac, wake: null }] } }],
    [
      "wake",
      "warning",
      "eth0 does not listen for wake-on-LAN (d)",
      "mclu exec ham0 -- ethtool -s eth0 wol g",
      { host: { cards: [{ name: "eth0", mac, wake: "d" }] } },
    ],
    [
      "wake",
      "problem",
      `mclu on would not wake it: none of its cards has the mac ${mac}`,
      "set mac = 52:54:00:00:00:09 in [node.ham0] of mclu.conf",
      { host: { route: null, cards: [{ name: "eth9", mac: "52:54:00:00:00:09", wake: null }] } },
    ],
    [
      "wake",
      "problem",
      `mclu on would not wake it: none of its cards has the mac ${mac}`,
      null,
      { host: { cards: [] } },
    ],
  ])("of %s is %s: %s", (check, verdict, detail, fix, different) => {
    expect(wakeFinding(examined(different))).toEqual([{ check, verdict, detail, fix }]);
  });

  it("of wake-on-LAN says what mac to configure", () => {
    const { mac: _, ...without } = settings;
    const bare = (cards: HostFacts["cards"]) => wakeFinding({ ...examined({ host: { cards } }), settings: without });
    expect(bare(host.cards)).toMatchObject([
      { verdict: "warning", fix: `set mac = ${mac} in [node.ham0] of mclu.conf` },
    ]);
    expect(bare([])).toMatchObject([{ verdict: "warning", fix: null }]);
    expect(wakeFinding(examined({ settings: { transport: "local" } }))).toEqual([]);
  });

  it("of peers names those that cannot be reached", () => {
    const peer = (name: string, reached: boolean) => ({ name, reached, command: `ssh ${name} true` });
    expect(peersFinding(examined(), [])).toEqual([]);
    expect(peersFinding(examined(), [peer("ham1", true)])).toMatchObject([
      { verdict: "ok", detail: "logs in to ham1" },
    ]);
    expect(peersFinding(examined(), [peer("ham1", false), peer("ham2", true), peer("ham3", false)])).toMatchObject([
      { verdict: "warning", detail: expect.stringContaining("ham1, ham3:"), fix: "mclu exec ham0 -- ssh ham1 true" },
    ]);
  });

  it("of jobs and ssh", () => {
    expect([0, 1, 2].map((left) => jobsFinding("ham0", left).verdict)).toEqual(["ok", "warning", "warning"]);
    expect(jobsFinding("ham0", 2)).toMatchObject({
      detail: "2 things left behind by jobs that were cut short",
      fix: "mclu gc ham0",
    });
    expect(sshFinding(examined(), { kind: "openssh", reason: "certificate" }).detail).toContain("certificate");
    expect(sshFinding(examined(), undefined).detail).toBe("answers");
    expect(sshFinding(examined({ settings: { transport: "local" } }), undefined).detail).toContain("this machine");
  });
});
