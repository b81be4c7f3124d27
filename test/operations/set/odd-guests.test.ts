import { describe, expect, it } from "vitest";
import type { Assignments } from "../../../src/operations/set/assignments.ts";
import { planSet } from "../../../src/operations/set/plan-set.ts";
import { type FakeGuest, fakeCluster } from "../../support/fake-host.ts";
import { testUuid } from "../../support/test-driver.ts";

const uuid = testUuid(1);
const mebibyte = 1024 ** 2;
const domain = (inner: string, head = "<memory unit='MiB'>64</memory><vcpu>2</vcpu>") =>
  `<domain type='qemu'><name>web1</name>${head}<os><type>hvm</type></os>${inner}</domain>`;

/** What `set` would do to a guest that no program wrote. */
async function target(guest: Partial<FakeGuest>, wanted: Assignments, limit = "4") {
  const cluster = await fakeCluster(
    { ham0: () => [{ name: "web1", uuid, state: "shut off", xml: domain(""), ...guest }] },
    "",
    { virsh: ([command]) => (command === "maxvcpus" ? limit : undefined) },
  );
  const [only] = (await planSet(cluster, { guests: ["web1"] }, wanted)).targets;
  return only ?? expect.fail("a plan for one guest has one target");
}

const commands = (one: Awaited<ReturnType<typeof target>>) =>
  one.verdict === "change"
    ? one.actions.map((action) => ("virsh" in action ? action.virsh.join(" ") : ""))
    : [one.verdict];

describe("set of a transient guest", () => {
  const transient = { state: "running", transient: true } as const;

  it.each<[string, string, Assignments, string]>([
    ["boot", domain(""), { boot: ["hd"] }, "it is transient: nothing of it is left at its next start"],
    ["autostart", domain(""), { autostart: true }, "it is transient: nothing of it is left when its node starts"],
    ["too much memory", domain(""), { memory: 128 * mebibyte }, "it is transient, and runs with at most 64M"],
    ["fewer vCPUs", domain(""), { vcpus: 1 }, "it is transient, and runs with 2 of 2 vCPUs"],
  ])("refuses %s", async (_what, xml, wanted, why) => {
    expect(await target({ ...transient, xml }, wanted)).toMatchObject({ verdict: "refused", why });
  });

  it("changes it now alone, and has no difference of definitions to show", async () => {
    const wanted = { vcpus: 2, memory: 32 * mebibyte, description: "new" };
    const xml = domain("", "<memory unit='MiB'>64</memory><vcpu current='1'>2</vcpu>");
    const one = await target({ ...transient, xml }, wanted);
    expect(commands(one)).toEqual([
      `setvcpus ${uuid} 2 --live`,
      `setmem ${uuid} --size 32768KiB --live`,
      `desc ${uuid} --live --new-desc new`,
    ]);
    expect(one).toMatchObject({ difference: "" });
  });

  it("does nothing where it is so already", async () => {
    const wanted = { vcpus: 2, memory: 64 * mebibyte, description: "" };
    expect(await target({ ...transient }, wanted)).toMatchObject({ verdict: "already" });
  });
});

it("set of boot is refused where the guest is gone before its definition is read with its secrets", async () => {
  const cluster = await fakeCluster(
    {
      ham0: () => [
        { name: "web1", uuid, state: "shut off", xml: domain("<devices><disk><target dev='vda'/></disk></devices>") },
      ],
    },
    "",
    {
      virsh: ([command, ...args]) => (command === "maxvcpus" ? "4" : args.includes("--security-info") ? "" : undefined),
    },
  );
  const planned = async (wanted: Assignments) => (await planSet(cluster, { guests: ["web1"] }, wanted)).targets;
  expect(await planned({ boot: ["hd"] })).toMatchObject([
    { verdict: "refused", why: "libvirt cannot show what it is", hint: "mclu xml ham0/web1" },
  ]);
  expect(await planned({ description: "new" })).toMatchObject([{ verdict: "change" }]);
});

describe("set of memory", () => {
  it("is refused where the definition does not say how much there is, or divides it", async () => {
    expect(await target({ xml: domain("", "<vcpu>1</vcpu>") }, { memory: 64 * mebibyte })).toMatchObject({
      why: "its definition does not say how much memory it has",
    });
    const numa = domain("<cpu><numa><cell id='0' cpus='0' memory='64' unit='MiB'/></numa></cpu>");
    expect(await target({ xml: numa }, { memory: 32 * mebibyte })).toMatchObject({
      why: "its memory is divided among NUMA cells",
    });
  });

  it("keeps a maximum that is more than the guest has", async () => {
    const xml = domain("", "<memory unit='MiB'>64</memory><currentMemory unit='MiB'>32</currentMemory><vcpu>1</vcpu>");
    const one = await target({ xml }, { memory: 48 * mebibyte });
    expect(commands(one)).toEqual([`setmem ${uuid} --size 49152KiB --config`]);
    expect(one).toMatchObject({ difference: expect.stringMatching(/^\+ +<currentMemory unit="KiB">49152</m) });
  });

  it("promises nothing of a running guest that does not say what it has", async () => {
    const one = await target({ state: "running", xml: domain("", ""), next: domain("") }, { memory: 32 * mebibyte });
    expect(commands(one)).toEqual([`setmaxmem ${uuid} --size 32768KiB --config`]);
    expect(one).toMatchObject({ after: "memory=32M takes effect at the next start: it runs with at most 0" });
  });

  it("says that a node has less, and that a guest without a balloon changes at its next start", async () => {
    const xml = domain("<devices><memballoon model='none'/></devices>");
    const one = await target({ state: "running", xml }, { memory: 32 * 1024 * mebibyte });
    expect(one).toMatchObject({
      notes: ["ham0 itself has 16G", "memory=32G takes effect at the next start: it has no balloon"],
    });
  });
});

describe("set of vCPUs", () => {
  it("is refused where the definition does not say how many there are", async () => {
    expect(await target({ xml: domain("", "") }, { vcpus: 1 })).toMatchObject({
      why: "its definition does not say how many vCPUs it has",
    });
  });

  it("has no limit where libvirt names none, and says that the node has fewer", async () => {
    const one = await target({}, { vcpus: 9 }, "");
    expect(one).toMatchObject({ verdict: "change", notes: ["ham0 itself has 8 CPUs"] });
  });

  it("takes vCPUs from a running guest at its next start, and says nothing twice", async () => {
    const one = await target({ state: "running" }, { vcpus: 1 });
    expect(one).toMatchObject({ after: "vcpus=1 takes effect at the next start: it keeps what it has until then" });
    const next = domain("", "<memory unit='MiB'>64</memory><vcpu>1</vcpu>");
    expect(await target({ state: "running", next }, { vcpus: 1 })).toMatchObject({ verdict: "already" });
  });

  it("knows nothing of a running guest whose XML says nothing", async () => {
    const one = await target({ state: "running", xml: domain("", ""), next: domain("") }, { vcpus: 3 });
    expect(one).toMatchObject({ after: "vcpus=3 takes effect at the next start: it runs with at most ?" });
    const transient = { state: "running", transient: true, xml: domain("", "<vcpu>?</vcpu>") } as const;
    expect(await target(transient, { vcpus: 1 })).toMatchObject({ verdict: "refused" });
  });
});

describe("set of a description", () => {
  const described = domain("", "<description>old</description><memory>1</memory><vcpu>1</vcpu>");

  it("removes one, and writes one that only the running guest has", async () => {
    const one = await target({ xml: described }, { description: "" });
    expect(one).toMatchObject({
      will: "set no description",
      difference: expect.stringContaining("-  <description>old"),
    });
    expect(commands(one)).toEqual([`desc ${uuid} --config --new-desc `]);
    const live = { state: "running", xml: domain(""), next: described } as const;
    expect(commands(await target(live, { description: "old" }))).toEqual([
      `desc ${uuid} --config --live --new-desc old`,
    ]);
    expect(await target({ ...live, xml: described }, { description: "old" })).toMatchObject({ verdict: "already" });
  });
});

describe("set of autostart", () => {
  it("turns it on and off, and leaves it", async () => {
    expect(commands(await target({}, { autostart: true }))).toEqual([`autostart ${uuid}`]);
    expect(commands(await target({ autostart: true }, { autostart: false }))).toEqual([`autostart ${uuid} --disable`]);
    expect(await target({ autostart: true }, { autostart: true })).toMatchObject({ verdict: "already" });
  });
});

describe("set of the boot order", () => {
  const [disk, lun] = ["<disk><target dev='vda'/></disk>", "<disk device='lun'><target dev='sda'/></disk>"];
  const boots = (...lines: string[]) => lines.map((line) => `<boot${line}/>`).join("");
  const ordered = (devices: string, ...kinds: string[]) =>
    `<domain type='qemu'><name>web1</name><os><type>hvm</type>${boots(...kinds)}</os><devices>${devices}</devices></domain>`;

  it("takes a disk of no kind, and a LUN, for a disk", async () => {
    for (const device of [disk, lun]) {
      const one = await target({ xml: ordered(device, " dev='network'") }, { boot: ["hd"] });
      expect(one).toMatchObject({ verdict: "change", difference: expect.stringMatching(/^\+ +<boot dev="hd"/m) });
    }
    expect(await target({ xml: ordered("") }, { boot: ["hd"] })).toMatchObject({ verdict: "refused" });
  });

  it("gives a card a place in an order of single devices, where no such card had one", async () => {
    const first = disk.replace("/></disk>", "/><boot order='1'/></disk>");
    const one = await target({ xml: ordered(`${first}<interface type='user'/>`) }, { boot: ["network"] });
    const difference = one.verdict === "change" ? (one.difference ?? "") : "";
    expect(difference.match(/^[+-] +<boot.*$/gm)).toEqual([
      expect.stringMatching(/^- .*order="1"/),
      expect.stringMatching(/^\+ .*order="2"/),
      expect.stringMatching(/^\+ .*order="1"/),
    ]);
  });

  it("drops an entry that names nothing", async () => {
    const one = await target({ xml: ordered(disk, "", " dev='network'", " dev='hd'") }, { boot: ["hd"] });
    const difference = one.verdict === "change" ? (one.difference ?? "") : "";
    expect(difference.match(/^[+-] +<boot.*$/gm)?.length).toBeGreaterThan(0);
  });

  it("is left where it is so already, and takes effect when the guest has booted", async () => {
    expect(await target({ xml: ordered(disk, " dev='hd'") }, { boot: ["hd"] })).toMatchObject({ verdict: "already" });
    const one = await target({ state: "running", xml: ordered(disk, " dev='network'") }, { boot: ["hd"] });
    expect(one).toMatchObject({ after: "boot=hd takes effect at the next start: it has booted" });
  });
});
