import { nodeDefaults } from "../../../src/cluster/config-keys.ts";
import type { DoctorFacts, HostFacts } from "../../../src/libvirt/doctor-facts.ts";
import { parseHostFacts } from "../../../src/libvirt/host-facts.ts";
import type { NodeSettings } from "../../../src/node/settings.ts";
import type { Examined, Finding } from "../../../src/operations/doctor/finding.ts";

export const gib = 1024 ** 3;
export const mac = "52:54:00:00:00:01";
export const settings: NodeSettings = { ...nodeDefaults, name: "ham0", host: "ham0", mac };

export const host: HostFacts = {
  ...parseHostFacts("now\t1000\nuid\t0\nuser\troot\nmanager\tapt-get\nsocket\tlibvirt-sock\nend"),
  programs: [
    "libvirtd",
    "virsh",
    "virt-builder",
    "virt-customize",
    "qemu-img",
    "setsid",
    "flock",
    "sha256sum",
    "curl",
    "supermin",
  ],
  versions: { "qemu-img": "qemu-img version 7.2.22" },
  ...{ kvm: true, appliance: true, parts: "supermin" as const, directory: "/images", writable: true, route: "eth0" },
  space: [
    { path: "/", total: 20 * gib, free: 10 * gib },
    { path: "/images", total: 20 * gib, free: 0 },
  ],
  cards: [{ name: "eth0", mac, wake: "g" }],
};
export const libvirt: NonNullable<DoctorFacts["libvirt"]> = {
  version: "9.0.0",
  writable: true,
  pool: { name: "default", active: true, capacity: 20 * gib, available: 10 * gib, autostart: true },
  network: { active: true, autostart: true },
};

/** A node that is well, but for what is different. */
export function examined(
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

/** A check, what it came to, and the node it looked at. */
export type Row = [
  check: string,
  verdict: Finding["verdict"],
  detail: string,
  fix: string | null,
  Parameters<typeof examined>[0],
];
