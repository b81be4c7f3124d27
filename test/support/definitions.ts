import type { DomainDefinition } from "../../src/libvirt/domain-definition.ts";

/** A guest to be defined, different in what is given. */
export function definition(different: Partial<DomainDefinition> = {}): DomainDefinition {
  return {
    name: "web1",
    uuid: "5c3f0cf2-0000-4000-8000-000000000001",
    memory: 256 * 1024 ** 2,
    vcpus: 2,
    disk: { path: "/var/lib/libvirt/images/web1.qcow2", format: "qcow2" },
    mac: "52:54:00:00:00:01",
    network: { kind: "network", name: "default" },
    firmware: "bios",
    graphics: "vnc",
    os: "http://debian.org/debian/12",
    built: { source: { kind: "template", name: "debian-12" }, builder: "alice@desk", date: "2026-11-21T12:00:00Z" },
    ...different,
  };
}
