import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { differences, fabricate, type MadeSystem } from "./fabricated-system.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";

const id = "0123456789abcdef0123456789abcdef";

/** What is a user's and shall stay as it is, and what every system has of its own. */
const common: MadeSystem = {
  "etc/machine-id": { text: `${id}\n`, mode: "444" },
  "etc/ssh/sshd_config": "PermitRootLogin yes\n",
  "etc/ssh/ssh_host_ed25519_key": { text: "old key\n", mode: "600" },
  "etc/ssh/ssh_host_rsa_key": { text: "old rsa\n", mode: "600" },
  "root/.ssh/authorized_keys": { text: "ssh-ed25519 AAAA alice\n", mode: "600" },
  "root/.bash_history": "ls old1\n",
  "var/spool/cron/crontabs/root": { text: "0 4 * * * backup old1\n", mode: "600" },
  "var/log/messages": "old1 was here\n",
  "home/alice/hostname": "old1\n",
  "etc/udev/rules.d/70-persistent-net.rules": 'SUBSYSTEM=="net", ATTR{address}=="52:54:00:aa:bb:cc", NAME="eth0"\n',
};

const hosts = "127.0.0.1 localhost\n127.0.1.1 old1.example old1 # me\n10.0.0.9 old1.example old1\n";

/** By system: its files, and what its clone `new1.example` has of them. */
const systems: Readonly<Record<string, { readonly files: MadeSystem; readonly changed: Record<string, unknown> }>> = {
  debian: {
    files: {
      "etc/os-release": 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12"\n',
      "etc/debian_version": "12.1\n",
      "etc/hostname": "old1.example\n",
      "etc/hosts": hosts,
      "etc/network/interfaces":
        "auto lo\niface lo inet loopback\nauto ens3\niface ens3 inet static\n  address 10.0.0.5/24\n  gateway 10.0.0.1\n  mtu 1400\n",
      "var/lib/dhcp/dhclient.ens3.leases": "lease {}\n",
      "var/lib/dbus/machine-id": `${id}\n`,
    },
    changed: {
      "etc/network/interfaces": "auto lo\niface lo inet loopback\nauto ens3\niface ens3 inet dhcp\n  mtu 1400\n",
      "var/lib/dhcp/dhclient.ens3.leases": null,
      "var/lib/dbus/machine-id": expect.stringMatching(/^[0-9a-f]{32}\n$/),
    },
  },
  redhat: {
    files: {
      "etc/os-release": 'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"\nPRETTY_NAME="Rocky Linux 9.3"\n',
      "etc/redhat-release": "Rocky Linux release 9.3 (Blue Onyx)\n",
      "etc/hostname": "old1.example\n",
      "etc/hosts": hosts,
      "etc/sysconfig/network": "NETWORKING=yes\nHOSTNAME=old1.example\nGATEWAY=10.0.0.1\n",
      "etc/sysconfig/network-scripts/ifcfg-eth0":
        "DEVICE=eth0\nHWADDR=52:54:00:aa:bb:cc\nBOOTPROTO=static\nIPADDR=10.0.0.5\nPREFIX=24\nONBOOT=yes\n",
      "etc/sysconfig/network-scripts/ifcfg-lo": "DEVICE=lo\nIPADDR=127.0.0.1\n",
      "etc/NetworkManager/system-connections/lan.nmconnection": {
        text: "[connection]\nid=lan\nuuid=5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03\n\n[ethernet]\nmac-address=52:54:00:AA:BB:CC\n\n[ipv4]\naddress1=10.0.0.6/24,10.0.0.1\nmethod=manual\n",
        mode: "600",
      },
      "var/lib/NetworkManager/internal-lan.lease": "ADDRESS=10.0.0.6\n",
    },
    changed: {
      "etc/sysconfig/network": "NETWORKING=yes\nHOSTNAME=new1.example\n",
      "etc/sysconfig/network-scripts/ifcfg-eth0": "DEVICE=eth0\nBOOTPROTO=dhcp\nONBOOT=yes\n",
      "etc/NetworkManager/system-connections/lan.nmconnection": expect.stringMatching(
        /^\[connection\]\nid=lan\nuuid=(?!5fb06bd0)[-0-9a-f]{36}\n\n\[ethernet\]\n\n\[ipv4\]\nmethod=auto\n$/,
      ),
      "var/lib/NetworkManager/internal-lan.lease": null,
    },
  },
  suse: {
    files: {
      "etc/os-release":
        'ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.5"\nPRETTY_NAME="openSUSE Leap 15.5"\n',
      "etc/hostname": "old1.example\n",
      "etc/HOSTNAME": "old1.example\n",
      "etc/hosts": hosts,
      "etc/sysconfig/network/ifcfg-eth0":
        "STARTMODE='auto'\nBOOTPROTO='static'\nIPADDR='10.0.0.5/24'\nLLADDR='52:54:00:aa:bb:cc'\n",
      "etc/sysconfig/network/routes": "default 10.0.0.1 - -\n10.9.0.0/16 10.0.0.2 - -\n",
      "var/lib/wicked/duid.xml": "<duid/>\n",
    },
    changed: {
      "etc/HOSTNAME": "new1.example\n",
      "etc/sysconfig/network/ifcfg-eth0": "STARTMODE='auto'\nBOOTPROTO=dhcp\n",
      "etc/sysconfig/network/routes": "10.9.0.0/16 10.0.0.2 - -\n",
      "var/lib/wicked/duid.xml": null,
    },
  },
  netplan: {
    files: {
      "etc/os-release": 'ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\nPRETTY_NAME="Ubuntu 22.04"\n',
      "etc/lsb-release": "DISTRIB_ID=Ubuntu\nDISTRIB_RELEASE=22.04\n",
      "etc/debian_version": "bookworm/sid\n",
      "etc/hostname": "old1.example\n",
      "etc/hosts": hosts,
      "etc/netplan/00-installer-config.yaml": {
        text: "network:\n  version: 2\n  ethernets:\n    ens3:\n      match:\n        macaddress: 52:54:00:aa:bb:cc\n      set-name: ens3\n      addresses:\n      - 10.0.0.5/24\n      nameservers:\n        addresses: [10.0.0.1]\n      routes:\n      - to: default\n        via: 10.0.0.1\n",
        mode: "600",
      },
    },
    changed: {
      "etc/netplan/00-installer-config.yaml":
        "network:\n  version: 2\n  ethernets:\n    ens3:\n      dhcp4: true\n      nameservers:\n        addresses: [10.0.0.1]\n",
    },
  },
};

describe("a clone of a system that boots", () => {
  let fleet: Fleet;
  let user: FleetUser;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.161.2", nodes: 1 });
    user = await fleetUser(fleet);
    await fleet.define("ham0", ["debian-original"], { template: "debian" });
  }, 180_000);
  afterAll(() => fleet?.down());

  it("calls itself by its own name, at its own address, and leaves its source as it was", {
    timeout: 600_000,
  }, async () => {
    const node = fleet.node("ham0");
    const sum = () => node.enter("sha256sum $(virsh -q domblklist debian-original | awk '{ print $2 }')");
    const before = await sum();
    const argv = ["clone", "debian-original", "deb1.example", "--wait", "ssh", "--wait-timeout", "240"];
    const run = await user.mclu(argv, { limit: 560_000 });
    expect([run.code, run.stderr.match(/error:.*/)]).toEqual([0, null]);
    expect(run.stdout).toMatch(/^deb1\.example +ham0 +cloned +192\.168\./m);
    const said = await node.enter(`virsh qemu-agent-command deb1.example '{"execute":"guest-get-host-name"}'`);
    expect(JSON.parse(said)).toEqual({ return: { "host-name": "deb1.example" } });
    expect(await sum()).toBe(before);
  });
});

describe("a clone of each kind of system", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const names = Object.keys(systems);
  const nodeOf = (system: string) => fleet.node(names.indexOf(system) % 2 === 0 ? "ham0" : "ham1");
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.161.1", nodes: 2 });
    user = await fleetUser(fleet);
    for (const [name, { files }] of Object.entries(systems))
      await fabricate(nodeOf(name), `${name}-original`, { ...common, ...files });
    // all at once: most of their time each waits for its appliance
    const runs = names.map((name) =>
      user.mclu(["clone", `${name}-original`, `${name}.new1.example`, "--no-start"], { limit: 500_000 }),
    );
    for (const { code, stderr } of await Promise.all(runs)) expect([code, stderr.match(/error:.*/)]).toEqual([0, null]);
  }, 520_000);
  afterAll(() => fleet?.down());

  it.each(names)(
    "has its own name, addresses, machine id and keys, and everything else of its source: %s",
    async (name) => {
      const clone = `${name}.new1.example`;
      const found = await differences(nodeOf(name), `${name}-original`, clone);
      const own = (text: string) => text.replaceAll("new1.example", clone);
      const expected = Object.entries(systems[name]?.changed ?? {}).map(([path, content]) => [
        path,
        typeof content === "string" ? own(content) : content,
      ]);
      expect(found).toEqual({
        "etc/hostname": `${clone}\n`,
        "etc/hosts": `127.0.0.1 localhost\n127.0.1.1 ${clone} ${name} # me\n10.0.0.9 old1.example old1\n`,
        "etc/machine-id": expect.stringMatching(/^[0-9a-f]{32}\n$/),
        "etc/ssh/ssh_host_ed25519_key": "new key\n",
        "etc/ssh/ssh_host_rsa_key": null,
        "etc/udev/rules.d/70-persistent-net.rules": null,
        ...Object.fromEntries(expected),
      });
      expect(found["etc/machine-id"]).not.toContain(id);
    },
  );
});
