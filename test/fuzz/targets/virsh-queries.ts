import { agentAddressesQuery, networksQuery, nodeAddressesQuery } from "../../../src/libvirt/address-query.ts";
import { domainXmlQuery } from "../../../src/libvirt/domain-query.ts";
import { guestFactsQuery } from "../../../src/libvirt/guest-facts.ts";
import { loadQuery } from "../../../src/libvirt/load-query.ts";
import { definedQuery, definitionsQuery } from "../../../src/libvirt/node-definitions.ts";
import { nodeDetailsQuery } from "../../../src/libvirt/node-details.ts";
import { dominfoQuery, overviewQuery } from "../../../src/libvirt/overview.ts";
import { combine } from "../../../src/libvirt/query.ts";
import { storageQuery } from "../../../src/libvirt/storage-query.ts";
import { loadBetween } from "../../../src/operations/top/load.ts";
import { renderTop, renderWideStatus } from "../holds.ts";
import { type AnyTarget, count, must, same, uuidForm } from "../target.ts";
import { query } from "./query-target.ts";
import { addressTable, dominfo, leaseTable, names, nodeInfo, stats, uuid } from "./recorded.ts";

const guests = [uuid(1), uuid(2)];
const version =
  "Compiled against library: libvirt 9.0.0\nUsing library: libvirt 9.0.0\nRunning hypervisor: QEMU 7.2.22\n";
const memory =
  "total  :              8143532 KiB\nfree   :               143532 KiB\nbuffers:                 3532 KiB\ncached :                43532 KiB\n";
const cpuStats =
  "user:      40586230000000\nsystem:    16349160000000\nidle:      23300550000000\niowait:      129280000000\n";
const pool =
  "Name:           default\nState:          running\nCapacity:       1000\nAllocation:     100\nAvailable:      900\n";
const disk = {
  target: "vda",
  bus: null,
  device: "disk",
  format: null,
  readonly: false,
  shareable: false,
  backing: null,
} as const;
const disks = [
  { ...disk, type: "file", source: "/a", volume: null },
  { ...disk, type: "volume", source: "p/v", volume: { pool: "p", name: "v" } },
];
const image = '[{"filename":"/a","virtual-size":1,"actual-size":2,"format":"raw"}]';
const block = "Capacity:       1\nAllocation:     2\n";
// XML has targets of its own
const smallVolume = "<volume><capacity unit='bytes'>1</capacity><target><path>/v</path></target></volume>";
const smallSnapshot = "<domainsnapshot><name>one</name></domainsnapshot>";
const network = `<network><name>default</name><uuid>${uuid(9)}</uuid></network>`;

function sizes(all: readonly { readonly capacity: number | null; readonly allocation: number | null }[]): void {
  for (const { capacity, allocation } of all) {
    count(capacity, "capacity");
    count(allocation, "allocation");
  }
}

export const virshQueryTargets: readonly AnyTarget[] = [
  query(
    "overviewQuery",
    "as parseDomainNames; states are libvirt's, sizes finite numbers or null",
    [[nodeInfo, names, stats]],
    combine(overviewQuery(true), overviewQuery(false)),
    (answers) => {
      for (const { uuid, name, vcpus, memory } of answers.flatMap((answer) => answer?.domains ?? [])) {
        must(uuidForm.test(uuid) && name !== "", "no guest", name);
        count(vcpus, "vcpus");
        count(memory, "memory");
      }
    },
  ),
  query(
    "dominfoQuery",
    "the guests that were asked about, in their order",
    [[dominfo, dominfo, "qemu:///system\n"]],
    dominfoQuery(guests.map((each) => ({ uuid: each, name: each }))),
    (domains) => {
      same(
        domains.map(({ uuid }) => uuid),
        guests,
        "guests",
      );
      for (const { memory, vcpus } of domains) count(memory, "memory") ?? count(vcpus, "vcpus");
    },
  ),
  query(
    "guestFactsQuery",
    "as many answers as guests; numbers are finite, snapshots have names",
    [
      [
        "<domain/>",
        dominfo,
        "running (booted)",
        stats,
        "one\n two\n",
        "one",
        "",
        dominfo,
        "",
        "",
        "",
        "",
        "qemu:///system\n",
      ],
    ],
    guestFactsQuery(guests, true),
    (facts) => {
      must(facts === null || facts.length === guests.length, "other guests");
      for (const { cpuTime, vcpus, memory, traffic, snapshots } of facts ?? []) {
        for (const each of [cpuTime, vcpus, memory.current, memory.maximum, memory.resident]) count(each, "a fact");
        for (const { received, sent } of traffic.values()) count(received, "received") ?? count(sent, "sent");
        must(
          snapshots.every((name) => name !== "" && !name.includes("\n")),
          "a snapshot without a name",
          snapshots,
        );
      }
    },
  ),
  query(
    "nodeDetailsQuery",
    "numbers are finite, and `status --wide` shows them",
    [[version, memory, pool, "default\nother net\n\n"], ["0.52 0.58 0.59 1/467 12345\n"], [""]],
    nodeDetailsQuery("default", 4),
    (details) => {
      count(details.load, "load");
      count(details.pool?.capacity ?? null, "capacity");
      count(details.pool?.available ?? null, "available");
      count(details.hostMemory?.total ?? null, "total");
      count(details.hostMemory?.available ?? null, "available");
      renderWideStatus(details);
    },
  ),
  query(
    "loadQuery",
    "rates are finite numbers from 0 up or null, and `top` shows them",
    [["4059.42 9000.00\n"], [nodeInfo, memory, cpuStats, names, stats]],
    loadQuery(true),
    (sample) => {
      if (sample === null) return;
      const before = { ...sample, uptime: (sample.uptime ?? 2) - 1 };
      for (const { load, guests } of [loadBetween(null, sample), loadBetween(before, sample)]) {
        for (const { cpu, memory, disk, network } of [load, ...guests]) {
          count(cpu, "cpu");
          for (const amount of [...Object.values(memory), ...Object.values(disk), ...Object.values(network)])
            count(amount, "an amount");
        }
        renderTop(load, guests);
      }
    },
  ),
  query(
    "nodeAddressesQuery",
    "what cannot be read is a problem that is named, and harms no other table",
    [
      [leaseTable, leaseTable, "Name: default\nBridge: virbr0\n", "", addressTable, addressTable, "qemu:///system\n"],
      ["2026-11-21 12:00:00\n"],
    ],
    nodeAddressesQuery([uuid(7), uuid(8)], guests, false),
    ({ arp, now }) => {
      same([...arp.keys()], guests, "guests");
      must(now === null || /^\d{4,}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(now), "no time", now);
    },
  ),
  query(
    "agentAddressesQuery",
    "no other guests than those that were asked",
    [[addressTable, addressTable]],
    agentAddressesQuery(guests),
    ({ answers, notAsked }) => {
      must(
        [...answers.keys(), ...notAsked].every((each) => guests.includes(each)),
        "another guest",
      );
    },
  ),
  query(
    "networksQuery",
    "UUIDs of their form, or an error",
    [[`${uuid(1)}\n${uuid(2)}\n\n`, "x"]],
    networksQuery,
    (found) =>
      must(
        found.every((each) => uuidForm.test(each)),
        "no UUID",
        found,
      ),
  ),
  query(
    "definedQuery",
    "UUIDs of their form, or an error",
    [[`${uuid(1)}\n`, `${uuid(2)}\n${uuid(3)}\n`, "x"]],
    definedQuery,
    ({ networks, pools }) =>
      must(
        [...networks, ...pools].every((each) => uuidForm.test(each)),
        "no UUID",
        networks,
      ),
  ),
  query(
    "definitionsQuery",
    "each is well-formed XML of its kind",
    [[network, network, "", network, "x"]],
    definitionsQuery("net", guests),
    (found) =>
      must(
        found.every(({ uuid, name }) => guests.includes(uuid) && typeof name === "string"),
        "another",
        found,
      ),
  ),
  query(
    "domainXmlQuery",
    "the guests that were asked about",
    [["<domain/>", "", "qemu:///system\n"]],
    domainXmlQuery(guests),
    (found) =>
      must(
        [...found].every(([each, xml]) => guests.includes(each) && xml !== ""),
        "another guest",
      ),
  ),
  query(
    "storageQuery",
    "as many answers as disks and snapshots; sizes are finite numbers or null",
    [[block, block, smallVolume, smallSnapshot, "", "x"], [image]],
    storageQuery(
      [{ uuid: uuid(1), disks, snapshots: ["one", " two"] }],
      new Map(disks.map(({ source }) => [source ?? "", "regular file"])),
    ),
    (facts) => {
      must(facts.length === 1 && facts[0]?.disks.length === 2 && facts[0].snapshots.length === 2, "others", facts);
      for (const { size, chain, volume } of facts[0]?.disks ?? [])
        sizes([size, ...(chain ?? []), ...(volume === null ? [] : [volume])]);
    },
  ),
];
