import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { netplanAwk } from "../../../src/operations/clone/netplan-awk.ts";
import { ifcfgAwk, interfacesAwk, keyfileAwk } from "../../../src/operations/clone/network-awk.ts";

const directory = mkdtempSync(join(tmpdir(), "mclu-awk-"));
afterAll(() => rmSync(directory, { recursive: true }));

function rewrite(program: string, text: string): string {
  const file = join(directory, "file");
  writeFileSync(file, text);
  return execFileSync("awk", ["-v", "uuid=new-uuid", program, file, file], { encoding: "utf8" });
}

describe("ifcfg files", () => {
  it("turns a static address of Red Hat's into DHCP, and keeps what is not an address", () => {
    const text = `# by hand
TYPE=Ethernet
DEVICE=eth0
NAME=eth0
UUID=5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03
HWADDR=52:54:00:aa:bb:cc
BOOTPROTO=none
IPADDR=10.0.0.5
PREFIX=24
IPADDR1=10.0.0.6
PREFIX1=24
GATEWAY=10.0.0.1
NETMASK=255.255.255.0
DNS1=10.0.0.1
MTU=1400
ONBOOT=yes
`;
    expect(rewrite(ifcfgAwk, text)).toBe(
      "# by hand\nTYPE=Ethernet\nDEVICE=eth0\nNAME=eth0\nUUID=new-uuid\nBOOTPROTO=dhcp\nDNS1=10.0.0.1\nMTU=1400\nONBOOT=yes\n",
    );
  });

  it("turns one of SUSE's into DHCP, where BOOTPROTO may be missing", () => {
    expect(
      rewrite(ifcfgAwk, "STARTMODE='auto'\nIPADDR='10.0.0.5/24'\nIPADDR_0='10.0.0.6/24'\nLLADDR='52:54:00:1:2:3'\n"),
    ).toBe("STARTMODE='auto'\nBOOTPROTO=dhcp\n");
  });

  it("leaves a port of a bridge and a DHCP interface as they are", () => {
    for (const text of ["DEVICE=eth0\nBOOTPROTO=none\nBRIDGE=br0\n", "BOOTPROTO='dhcp'\nNETWORKING=yes\n"])
      expect(rewrite(ifcfgAwk, text)).toBe(text);
  });
});

describe("keyfiles of NetworkManager", () => {
  it("asks for an address, on any card, under an id of its own", () => {
    const text = `[connection]
id=lan
uuid=5fb06bd0-0bb0-7ffb-45f1-d6edd65f3e03
interface-name=enp1s0

[ethernet]
mac-address=52:54:00:AA:BB:CC
cloned-mac-address=stable

[ipv4]
address1=10.0.0.5/24,10.0.0.1
dns=10.0.0.1;
dhcp-client-id=mine
method=manual

[ipv6]
addr-gen-mode=stable-privacy
method=auto
`;
    expect(rewrite(keyfileAwk, text)).toBe(`[connection]
id=lan
uuid=new-uuid
interface-name=enp1s0

[ethernet]
cloned-mac-address=stable

[ipv4]
dns=10.0.0.1;
method=auto

[ipv6]
addr-gen-mode=stable-privacy
method=auto
`);
  });
});

describe("keyfiles of NetworkManager that ask and have an address besides", () => {
  it("ask alone", () => {
    const text =
      "[ipv4]\naddress1=192.168.1.50/24\ngateway=192.168.1.1\nmethod=auto\n\n[ipv6]\naddresses=fd00::5/64\nmethod=auto\n";
    expect(rewrite(keyfileAwk, text)).toBe("[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n");
  });
});

describe("Debian's interfaces", () => {
  it("makes static stanzas ask, each on its own, and leaves the loopback and commands", () => {
    const text = `auto lo
iface lo inet loopback

auto eth0
iface eth0 inet static
    address 10.0.0.5/24
    gateway 10.0.0.1
    hwaddress ether 52:54:00:aa:bb:cc
    dns-nameservers 10.0.0.1
    up /usr/local/bin/hook
iface eth0 inet6 static
    address fd00::5
    netmask 64
iface eth1 inet manual
    address-of-none yes
source /etc/network/interfaces.d/*
`;
    expect(rewrite(interfacesAwk, text)).toBe(`auto lo
iface lo inet loopback

auto eth0
iface eth0 inet dhcp
    dns-nameservers 10.0.0.1
    up /usr/local/bin/hook
iface eth0 inet6 auto
iface eth1 inet manual
    address-of-none yes
source /etc/network/interfaces.d/*
`);
  });
});

describe("netplan", () => {
  const head = "network:\n  version: 2\n  ethernets:\n";
  it.each([
    [
      "a list at the key's own indentation",
      "    addresses:\n    - 10.0.0.5/24\n    - fd00::5/64\n",
      "    dhcp4: true\n",
    ],
    ["an inline list", "    addresses: [10.0.0.5/24]\n", "    dhcp4: true\n"],
    ["a list over lines", "    addresses: [\n      10.0.0.5/24,\n    ]\n", "    dhcp4: true\n"],
    [
      "a gateway, routes and what DHCP is told",
      "    dhcp4: no\n    addresses:\n      - 10.0.0.5/24\n    gateway4: 10.0.0.1\n    routes:\n      - to: default\n        via: 10.0.0.1\n    nameservers:\n      addresses: [10.0.0.1]\n    mtu: 1400\n",
      "    dhcp4: true\n    nameservers:\n      addresses: [10.0.0.1]\n    mtu: 1400\n",
    ],
    [
      "a card known by its hardware address, as cloud-init writes it",
      '    dhcp4: true\n    match:\n      macaddress: "52:54:00:aa:bb:cc"\n    set-name: ens3\n',
      "    dhcp4: true\n",
    ],
    [
      "the same on one line",
      "    match: {macaddress: '52:54:00:aa:bb:cc'}\n    set-name: ens3\n    dhcp4: true\n",
      "    dhcp4: true\n",
    ],
    [
      "a match that says more",
      "    match:\n      macaddress: 52:54:00:aa:bb:cc\n      driver: virtio_net\n    set-name: ens3\n",
      "    match:\n      driver: virtio_net\n    set-name: ens3\n",
    ],
    [
      "what asks already",
      "    # on purpose\n    dhcp4: true\n    dhcp-identifier: mac\n",
      "    # on purpose\n    dhcp4: true\n    dhcp-identifier: mac\n",
    ],
  ])("rewrites %s", (_what, device, expected) => {
    const indented = (text: string) =>
      `${head}    ens3:\n${text.replace(/^/gm, "  ").trimEnd()}\n    ens4:\n      dhcp4: false\n`;
    expect(rewrite(netplanAwk, indented(device))).toBe(indented(expected));
  });

  it("leaves the loopback's addresses and files that it does not know", () => {
    const text = `${head}    lo:\n      addresses: [10.9.9.9/32]\nother:\n  addresses: [1]\n`;
    expect(rewrite(netplanAwk, text)).toBe(text);
  });
});
