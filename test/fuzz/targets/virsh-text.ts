import { isIP } from "node:net";
import * as fc from "fast-check";
import { type Address, currentLeases, parseInterfaceAddresses, parseLeases } from "../../../src/libvirt/addresses.ts";
import { parseBlockInfo, parseImageChain } from "../../../src/libvirt/block.ts";
import { parseDomainNames, parseDomainStats, parseUuids, statNumber, statState } from "../../../src/libvirt/domains.ts";
import { guestAddresses } from "../../../src/libvirt/guest-addresses.ts";
import { logDirectory } from "../../../src/libvirt/guest-log.ts";
import { parseHostFacts } from "../../../src/libvirt/host-facts.ts";
import { parseIpv4Interfaces } from "../../../src/libvirt/neighbour.ts";
import { parseLabels, parseNodeInfo } from "../../../src/libvirt/node-info.ts";
import { UnexpectedOutput } from "../../../src/libvirt/query.ts";
import { parseTable } from "../../../src/libvirt/table.ts";
import { fixture } from "../../support/fixture.ts";
import { type AnyTarget, count, must, same, target, uuidForm } from "../target.ts";
import { mutationsOf, textOf } from "../text.ts";
import { addressTable, leaseTable, names, nodeInfo, stats, uuid } from "./recorded.ts";

const errors = [UnexpectedOutput];

/** Both ways of making input: real output that was changed, and the format's words in any order. */
function texts(seeds: readonly string[], words: readonly string[]) {
  return fc.oneof({ arbitrary: mutationsOf(seeds, words), weight: 2 }, { arbitrary: textOf(words), weight: 1 });
}

function addressHolds({ mac, family, address, prefix }: Address) {
  must(/^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/.test(mac), "no hardware address", mac);
  must(isIP(address) === (family === "ipv4" ? 4 : 6), "no address of its family", { family, address });
  must(prefix === null || (prefix > 0 && prefix <= (family === "ipv4" ? 32 : 128)), "no prefix", prefix);
}

const rowWords = [
  "52:54:00:a8:cc:d0",
  "ipv4",
  "ipv6",
  "10.0.0.1/24",
  "::1/128",
  "fe80::1/64",
  "-",
  "  ",
  "\n",
  " eth0 ",
];
const chain = fixture("qemu-img-chain.json");

export const virshTextTargets: readonly AnyTarget[] = [
  target({
    name: "parseDomainNames",
    about: "every UUID has its form, no guest is there twice, the names are the text's own",
    seeds: [names, "", `${uuid(1)} 3\n`],
    arbitrary: texts([names], [uuid(1), uuid(2), " ", "\n", "web1"]),
    errors,
    parse: parseDomainNames,
    holds(found, text) {
      for (const each of found) must(uuidForm.test(each.uuid) && each.name !== "", "no guest", each);
      must(new Set(found.map((each) => each.uuid)).size === found.length, "a UUID twice");
      must(new Set(found.map((each) => each.name)).size === found.length, "a name twice");
      const printed = found.map((each) => `${each.uuid} ${each.name}`);
      same(
        printed,
        text.split("\n").filter((line) => line.trim() !== ""),
        "printed again",
      );
    },
  }),
  target({
    name: "parseUuids",
    about: "UUIDs of their form, or an error",
    seeds: [`${uuid(1)}\n${uuid(2)}\n\n`],
    arbitrary: texts([`${uuid(1)}\n${uuid(2)}\n\n`], [uuid(1), "\n", " "]),
    errors,
    parse: parseUuids,
    holds: (found) =>
      must(
        found.every((each) => uuidForm.test(each)),
        "no UUID",
        found,
      ),
  }),
  target({
    name: "parseDomainStats",
    about: "numbers are finite and not negative, printed again it is read as the same",
    seeds: [stats],
    arbitrary: texts([stats], ["Domain: 'web1'\n", "Domain: '", "'\n", "  ", "state.state=1\n", "vcpu.current=2", "="]),
    errors,
    parse: parseDomainStats,
    holds(domains) {
      for (const values of domains.values()) {
        for (const key of values.keys()) count(statNumber(values, key), key);
        statState(values);
      }
      const print = ([name, values]: readonly [string, ReadonlyMap<string, string>]) =>
        `Domain: '${name}'\n${[...values].map(([key, value]) => `  ${key}=${value}\n`).join("")}\n`;
      same(parseDomainStats([...domains].map(print).join("")), domains, "printed and read again");
    },
  }),
  target({
    name: "parseNodeInfo",
    about: "CPUs and memory are finite numbers",
    seeds: [nodeInfo],
    arbitrary: texts([nodeInfo], ["CPU(s):", "Memory size:", " 4", " KiB", "\n", "  "]),
    errors,
    parse: parseNodeInfo,
    holds({ cpus, memory }) {
      count(cpus, "cpus");
      count(memory, "memory");
    },
  }),
  target({
    name: "parseLabels",
    about: "labels have no colon, values no newline",
    seeds: [nodeInfo],
    arbitrary: texts([nodeInfo], ["Label", ":", "\n", " ", "value"]),
    parse: parseLabels,
    holds(labels) {
      for (const [label, value] of labels) must(!label.includes(":") && !value.includes("\n"), "no label", label);
    },
  }),
  target({
    name: "parseTable",
    about: "as many cells in every row as there are columns",
    seeds: [" Name   Id\n-----------\n a b    1\n"],
    arbitrary: texts(
      [" Name   Id\n-----------\n a b    1\n c      2\n"],
      [" Name   Id\n", "------\n", " a", " 12", "\n"],
    ),
    errors,
    parse: (text) =>
      parseTable(text, "a table", [
        { heading: "Name", cell: ".*?" },
        { heading: "Id", cell: "\\d+" },
      ]),
    holds(rows) {
      for (const row of rows ?? []) must(row.length === 2 && /^\d+$/.test(row[1] ?? ""), "no row", row);
    },
  }),
  target({
    name: "parseHostFacts",
    about: "what came to its end, with a clock, and sizes that are bytes",
    seeds: ["now\t1700000000\nuid\t0\nspace\t/\t2000\t1000\nend\n"],
    arbitrary: texts(
      ["now\t1\nuid\t0\nuser\troot\nspace\t/\t2000\t1000\ncard\teth0\t52:54:00:00:00:01\tg\npeer\t0\tyes\nend\n"],
      ["now\t1\n", "space\t", "/\t", "20\t", "version\t", "__proto__\t", "peer\t", "99\t", "end", "\n"],
    ),
    errors,
    parse: parseHostFacts,
    holds(facts) {
      if (!facts) return;
      must(Number.isFinite(facts.now), "no clock", facts.now);
      for (const { total, free } of facts.space) must(total >= 0 && free >= 0, "no size", { total, free });
    },
  }),
  target({
    name: "parseIpv4Interfaces",
    about: "addresses with prefixes of up to 32 bits",
    seeds: ["2: eth0    inet 10.0.0.5/24 brd 10.0.0.255 scope global eth0\n"],
    arbitrary: texts(
      ["2: eth0    inet 10.0.0.5/24 scope global eth0\n3: tun0    inet 10.8.0.2 peer 10.8.0.1/32 scope global tun0\n"],
      ["2: ", "eth0 ", "inet ", "10.0.0.5", "/24 ", "peer ", "/99 ", "\n"],
    ),
    errors,
    parse: parseIpv4Interfaces,
    holds(interfaces) {
      for (const { address, prefix } of interfaces ?? [])
        must(/^\d+(\.\d+){3}$/.test(address) && prefix <= 32, "no interface", { address, prefix });
    },
  }),
  target({
    name: "parseLeases",
    about: "addresses are addresses, of the family they are said to be; of the current ones a card has one a family",
    seeds: [leaseTable, fixture("net-dhcp-leases.txt"), fixture("net-dhcp-leases-duid.txt")],
    arbitrary: texts(
      [leaseTable, fixture("net-dhcp-leases.txt")],
      [leaseTable.slice(0, leaseTable.indexOf("\n ", 5)), ...rowWords, "2026-11-21 12:03:16 ", "1970-01-01 00:00:00 "],
    ),
    errors,
    parse: parseLeases,
    holds(leases) {
      for (const lease of leases ?? []) {
        addressHolds(lease);
        must(lease.expires === null || /^\d+-\d\d-\d\d \d\d:\d\d:\d\d$/.test(lease.expires), "no time", lease.expires);
      }
      const current = currentLeases(leases ?? [], "2026-11-21 12:00:00");
      must(new Set(current.map(({ mac, family }) => mac + family)).size === current.length, "a card twice", current);
    },
  }),
  target({
    name: "parseInterfaceAddresses",
    about: "addresses are addresses, none is loopback; a guest's are its own cards' and each is there once",
    seeds: [addressTable, fixture("domifaddr-agent.txt"), fixture("domifaddr-agent-short.txt")],
    arbitrary: texts([addressTable, fixture("domifaddr-lease.txt")], [addressTable.split("\n ")[0] ?? "", ...rowWords]),
    errors,
    parse: parseInterfaceAddresses,
    holds(found) {
      for (const each of found ?? []) {
        addressHolds(each);
        must(!/^127\.|^::1$/.test(each.address), "loopback", each);
      }
      const macs = [...new Set(found?.map(({ mac }) => mac)), "52:54:00:00:00:01"];
      const cards = macs.map((mac) => ({ mac, type: "network", source: "default", bridge: "virbr0" }));
      const known = guestAddresses(cards, { leases: null, now: null, arp: null, agent: found });
      must(new Set(known.map(({ mac, address }) => mac + address)).size === known.length, "an address twice", known);
    },
  }),
  target({
    name: "parseImageChain",
    about: "at least one image, each with a file; sizes are finite numbers or null",
    seeds: [chain],
    arbitrary: texts(
      [chain, '[{"filename":"/a","virtual-size":1,"actual-size":2,"format":"raw"}]'],
      [...['[{"filename":', '"virtual-size":', '"actual-size":', "}]", ",", '"/a"', "1e400", "-0", "1.5"]],
    ),
    errors,
    parse: parseImageChain,
    holds(images) {
      must(images.length > 0, "no image");
      for (const { file, capacity, allocation } of images) {
        must(typeof file === "string", "no file", file);
        count(capacity, "capacity");
        count(allocation, "allocation");
      }
    },
  }),
  target({
    name: "parseBlockInfo",
    about: "sizes are finite numbers or null",
    seeds: ["Capacity:       67108864\nAllocation:     200704\nPhysical:       196616\n"],
    arbitrary: texts(
      ["Capacity:       67108864\nAllocation:     200704\nPhysical:       196616\n"],
      ["Capacity:", " 1", "\n"],
    ),
    parse: parseBlockInfo,
    holds({ capacity, allocation }) {
      count(capacity, "capacity");
      count(allocation, "allocation");
    },
  }),
  target({
    name: "logDirectory",
    about: "one of the directories that libvirt is known to have, or none",
    seeds: ["qemu:///system", "qemu:///session", "lxc:///", "qemu+ssh://a/system?x=/y"],
    arbitrary: texts(
      ["qemu:///system", "qemu:///session?socket=/x"],
      ["qemu", "lxc", "://", "/", "system", "session", "+tls", "?"],
    ),
    parse: logDirectory,
    holds(found) {
      must(found === null || /^(?:\/var\/log\/libvirt\/[a-z]+|libvirt\/qemu\/log)$/.test(found.path), "another", found);
    },
  }),
];
