import { expect, it } from "vitest";
import { parseDomain } from "../../src/libvirt/domain-xml.ts";
import { filesOf, storageQuery, storageSeconds } from "../../src/libvirt/storage-query.ts";
import { fixture } from "../support/fixture.ts";
import { testUuid } from "../support/test-driver.ts";

const { disks } = parseDomain(`<domain><name>a</name><devices>
  <disk type='file'><source file='/i/a'/><target dev='vda'/></disk>
  <disk type='volume'><source pool='p' volume='v'/><target dev='vdb'/></disk>
  <disk type='block'><driver type='qcow2'/><source dev='/dev/sdb'/><target dev='vdc'/></disk>
  <disk type='file' device='cdrom'><target dev='sda'/></disk>
</devices></domain>`);
const subject = { uuid: testUuid(1), disks, snapshots: ["first", "broken", "gone"] };
const images = new Map(
  ["/i/a", "/dev/sdb"].map((path, at) => [path, at === 0 ? "regular file" : "block special file"]),
);
const info = "Capacity: 10\nAllocation: 5\nPhysical: 6\n";

it("storageQuery gives each disk its size, chain and volume, and takes what cannot be read for unknown", () => {
  const query = storageQuery([subject], images);
  expect(query.steps.flatMap((step) => ("run" in step ? [step.run.join(" ")] : []))).toEqual([
    "qemu-img info -U -f raw --output=json --backing-chain /i/a",
    "qemu-img info -U -f qcow2 --output=json --backing-chain /dev/sdb",
  ]);
  const virsh = [info, "", "", fixture("volume.xml"), fixture("snapshot-internal.xml"), "<wrong>", "", "uri"];
  const [facts] = query.parse([
    { code: 0, texts: virsh },
    { code: 0, texts: [fixture("qemu-img-chain.json")] },
    { code: 1, texts: ["qemu-img: Could not open"] },
  ]);
  expect(
    facts?.disks.map(({ size, chain, volume }) => [size.capacity, chain?.length ?? null, volume !== null]),
  ).toEqual([
    [10, 3, false],
    [null, null, true],
    [null, null, false],
    [null, null, false],
  ]);
  expect(facts?.snapshots.map((snapshot) => snapshot?.name ?? null)).toEqual(["first", null, null]);
});

it("storageQuery tells a node without qemu-img", () => {
  const facts = (code: number) =>
    storageQuery([subject], images).parse([
      { code: 0, texts: [] },
      { code: 0, texts: ["[]"] },
      { code, texts: [""] },
    ]);
  expect([1, 127].map((code) => facts(code)[0]?.lacksQemuImg)).toEqual([false, true]);
});

it("storageQuery knows nothing of a node that said nothing", () => {
  const [facts] = storageQuery([subject], images).parse([]);
  expect(facts?.disks.every(({ chain, volume }) => chain === null && volume === null)).toBe(true);
  expect(storageSeconds([subject])).toBe(24);
});

it.each([
  ["fifo", "fifo"],
  ["character special file", "character special file"],
  ["no answer", "no answer"],
  [null, null],
])("storageQuery asks nobody about what is a %s, and says so", (kind, odd) => {
  const query = storageQuery(
    [{ ...subject, snapshots: [] }],
    new Map([
      ["/i/a", kind],
      ["/dev/sdb", kind],
    ]),
  );
  const asked = query.steps
    .flatMap((step) => ("virsh" in step ? step.virsh : [step.run]))
    .map((words) => words.join(" "));
  expect(asked).toEqual([`domblkinfo ${subject.uuid} --device sda`, "vol-dumpxml --pool p --vol v", "uri"]);
  expect(query.parse([])[0]?.disks.map((disk) => disk.odd)).toEqual([odd, null, odd, null]);
});

it("filesOf names every file once, and nothing that is no file of the node", () => {
  expect(filesOf([subject, subject])).toEqual(["/i/a", "/dev/sdb"]);
});
