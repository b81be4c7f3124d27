import { describe, expect, it } from "vitest";
import { parseDomain } from "../../src/libvirt/domain-xml.ts";
import { type GuestFacts, guestFactsQuery } from "../../src/libvirt/guest-facts.ts";
import type { Snapshot } from "../../src/libvirt/snapshots.ts";
import type { DiskFacts, StorageFacts } from "../../src/libvirt/storage-query.ts";
import { toGuestInfo } from "../../src/operations/guest-info.ts";
import { testUuid } from "../support/test-driver.ts";

const guest = { node: "ham0", name: "web1", uuid: testUuid(1) };
const [nothing] = guestFactsQuery([guest.uuid], false).parse([]) ?? [];
const addresses = { addresses: [], reason: "it is off" };

function infoOf(devices: string, storage: Partial<StorageFacts> = {}, facts: Partial<GuestFacts> = {}) {
  if (!nothing) throw new Error("a query of one guest has one answer");
  const details = parseDomain(`<domain><name>web1</name><devices>${devices}</devices></domain>`);
  const read = { details, storage: { disks: [], snapshots: [], lacksQemuImg: false, ...storage } };
  return toGuestInfo(guest, { ...nothing, ...facts }, read, addresses);
}

const unknown = { capacity: null, allocation: null };
const image = (file: string) => ({
  file,
  format: "qcow2",
  backing: null,
  backingFormat: null,
  dataFile: null,
  capacity: 10,
  allocation: 5,
});
const volume = { name: "v", path: "/pool/v", format: "raw", capacity: 7, allocation: 3, backing: null };
const overlay = { ...volume, backing: { path: "/pool/base", format: "qcow2" } };
const below = (file: string, format: string | null = null) => [{ file, format, allocation: null }];

describe("a disk", () => {
  const pooled = "<disk type='volume'><source pool='p' volume='v'/><target dev='vda'/></disk>";
  const chained = "<disk><source file='/i/a'/><backingStore type='file'><source file='/i/b'/></backingStore></disk>";
  const network = "<disk><backingStore type='network'><source/></backingStore></disk>";

  it.each<[string, string, Partial<DiskFacts>, object]>([
    [
      "qemu-img's chain before all others",
      chained,
      { chain: [image("/i/a"), image("/i/c")], volume: overlay },
      { path: "/i/a", capacity: 10, backing: [{ file: "/i/c", format: "qcow2", allocation: 5 }] },
    ],
    ["libvirt's chain before the volume's", chained, { volume: overlay }, { backing: below("/i/b"), capacity: 7 }],
    ["a backing file without a name", network, {}, { backing: below("") }],
    ["a volume by its pool", pooled, { volume }, { path: "/pool/v", format: "raw", allocation: 3, backing: [] }],
    ["a volume that is an overlay", pooled, { volume: overlay }, { backing: below("/pool/base", "qcow2") }],
    ["nothing of a volume that is gone", pooled, {}, { path: null, capacity: null, backing: null }],
    ["a block device", "<disk type='block'><source dev='/dev/sdb'/></disk>", {}, { path: "/dev/sdb" }],
  ])("has %s", (_what, devices, facts, expected) => {
    const disks = [{ size: unknown, chain: null, volume: null, ...facts }] as unknown as readonly DiskFacts[];
    expect(infoOf(devices, { disks }).disks).toMatchObject([expected]);
  });

  it("is known by its XML alone where storage said nothing", () => {
    expect(infoOf(chained).disks).toMatchObject([{ path: "/i/a", capacity: null, backing: below("/i/b") }]);
  });
});

it("a card has the traffic of its name on the node, where it has one", () => {
  const traffic = new Map([["vnet0", { received: 5, sent: null }]]);
  const cards = "<interface/><interface><target dev='vnet0'/></interface>";
  expect(infoOf(cards, {}, { traffic }).interfaces).toMatchObject([{ received: null }, { received: 5, sent: null }]);
});

it("a guest whose XML cannot be read has what else was said, and why", () => {
  if (!nothing) throw new Error("a query of one guest has one answer");
  const info = toGuestInfo(guest, { ...nothing, state: "running", snapshots: ["s"] }, { problem: "no XML" }, addresses);
  expect(info).toMatchObject({ problem: "no XML", disks: null, state: "running", memory: { current: null } });
  expect(info.snapshots).toMatchObject([{ name: "s", created: null, memory: null }]);
});

describe("snapshots", () => {
  const snapshot = (name: string, created: number | null, parent: string | null = null): Snapshot => ({
    ...{ name, description: null, state: null, kind: null, memory: false },
    ...{ created, parent },
  });
  const order = (...snapshots: (Snapshot | null)[]) =>
    infoOf("", { snapshots }, { snapshots: snapshots.map((each, at) => each?.name ?? `unread${at}`) }).snapshots.map(
      ({ name }) => name,
    );

  it("are in order of time, and of one second the parent before its child", () => {
    expect(order(snapshot("c", 9, "b"), snapshot("b", 9, "a"), snapshot("a", 9), snapshot("first", 1))).toEqual([
      ...["first", "a", "b", "c"],
    ]);
  });

  it("that are each other's parents do not keep anybody for ever", () => {
    expect(order(snapshot("a", 1, "b"), snapshot("b", 1, "a"))).toHaveLength(2);
  });

  it("that cannot be read come first, and one whose parent is gone has it still", () => {
    expect(order(snapshot("a", 5, "gone"), null, snapshot("b", null))).toEqual(["unread1", "b", "a"]);
  });
});
