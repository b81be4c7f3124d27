import { describe, expect, it } from "vitest";
import { failed } from "../../../src/node/failure.ts";
import { clone } from "../../../src/operations/clone/clone.ts";
import { findImage } from "../../../src/operations/clone/find-image.ts";
import { nodesWithoutImage } from "../../../src/operations/clone/nodes-without-image.ts";
import { type CloneRequest, prepareClone } from "../../../src/operations/clone/prepare-clone.ts";
import { commandsOfClone } from "../../../src/operations/clone/show-clone.ts";
import { type AbleNode, ableNodes, diskXml, guestXml, imageFile } from "../../support/able-node.ts";
import { type FakeGuest, fakeCluster, lostNode } from "../../support/fake-host.ts";
import { ended, reservedJob, runs, takesJob } from "../../support/fake-jobs.ts";
import { testUuid } from "../../support/test-driver.ts";

const gib = 1024 ** 3;
const path = "/images/debian-original.qcow2";
const card = (source: string) => `<interface type='network'><source network='${source}'/></interface>`;

/** The guest of a node that is cloned: an image by its name. */
const source = (at: number, inside = "", devices = diskXml("vda", path), name = "debian-original"): FakeGuest => ({
  ...{ name, uuid: testUuid(at), state: "shut off" },
  xml: guestXml(name, inside, devices),
});
const able: AbleNode = { files: { [path]: imageFile(path, gib) } };

async function world(
  guests: Readonly<Record<string, readonly FakeGuest[]>>,
  nodes: Readonly<Record<string, AbleNode>> = {},
) {
  const names = Object.keys(guests);
  const answers = ableNodes(Object.fromEntries(names.map((name) => [name, { ...able, ...nodes[name] }])));
  return fakeCluster(Object.fromEntries(names.map((name) => [name, () => guests[name] ?? []])), "", answers);
}

const request: CloneRequest = {
  ...{ image: "debian-original", guests: ["web1"], linked: false, start: true, identity: true, force: false },
};

describe("an image is found", () => {
  it("on every node that has it under one name, and as a guest that is the only one of its name", async () => {
    const cluster = await world({ ham0: [source(1)], ham1: [source(2), source(3, "", "", "db")] });
    const { holders } = await findImage(cluster, "debian-original");
    expect(holders.map(({ node, uuid }) => [node.name, uuid])).toEqual([
      ["ham0", testUuid(1)],
      ["ham1", testUuid(2)],
    ]);
    expect((await findImage(cluster, "db")).holders).toMatchObject([{ name: "db" }]);
  });

  it("but not where guests of one name are no images", async () => {
    const cluster = await world({ ham0: [source(1, "", "", "db")], ham1: [source(2, "", "", "db")] });
    await expect(findImage(cluster, "db")).rejects.toMatchObject({
      ...{ exitCode: 4, hint: "name one of them: ham0/db" },
      message: "db is on 2 nodes, and none of them is an image: ham0/db, ham1/db",
    });
  });
});

describe("a clone goes", () => {
  it("to the node of the image with the most room, or to the one that is named", async () => {
    const other = { ...source(3, "", "", "large"), state: "running" } as const;
    const cluster = await world({ ham0: [source(1), other], ham1: [source(2)] }, { ham1: { kvm: true } });
    const chosen = await prepareClone(cluster, request);
    expect(chosen.plan.targets).toMatchObject([
      { node: "ham1", name: "web1", memory: gib, disks: [{ path: "/images/web1.qcow2", size: gib }], notes: [] },
    ]);
    expect(chosen.plan.targets[0]?.fits).toHaveLength(2);
    const named = await prepareClone(cluster, { ...request, guests: ["ham0/web1"], nodes: ["ham1"] });
    expect(named.plan.targets).toMatchObject([
      { node: "ham0", fits: [], notes: ["ham0 has no KVM: cloning and running it will be many times slower"] },
    ]);
  });

  it("to no node without the image, which says how it gets it", async () => {
    const cluster = await world({ ham0: [source(1)], ham1: [], ham2: [] });
    const missing = (guests: readonly string[], nodes: readonly string[] = []) =>
      nodesWithoutImage(cluster, { image: "debian-original", guests, nodes, force: false });
    expect(await missing(["web1"])).toEqual([]);
    expect(await missing(["ham0/web1", "ham1/web2"])).toEqual(["ham1"]);
    expect(await missing(["web1"], ["ham2", "ham1"])).toEqual(["ham1"]);
    expect(await missing(["web1"], ["ham0", "ham1"])).toEqual([]);
    await expect(prepareClone(cluster, { ...request, nodes: ["ham1"] })).rejects.toMatchObject({
      ...{ exitCode: 6, message: "ham1 does not have debian-original, which is on ham0" },
      hint: "mclu image copy ham0/debian-original ham1, and clone it there",
    });
  });

  it("nowhere where its name is not free, before the image is copied for it", async () => {
    const key = Buffer.from("web2").toString("hex");
    const taken = { name: "web1", uuid: testUuid(2), state: "running" } as const;
    const jobs = (stale: string) => ({
      reservations: ["name", key, "20260101T000000-aaaaaaaa", 1024, 1, 1, "no", stale, key, "yes"].join("\t"),
    });
    const missing = async (guest: string, stale = "no", force = false) =>
      nodesWithoutImage(await world({ ham0: [source(1)], ham1: [], ham2: [taken] }, { ham2: { jobs: jobs(stale) } }), {
        ...{ image: "debian-original", guests: [guest], nodes: ["ham1"], force },
      });
    await expect(missing("web1", "no", true)).rejects.toMatchObject({
      ...{ exitCode: 6, message: "there is a guest ham2/web1 already", hint: "mclu info ham2/web1" },
    });
    await expect(missing("web2")).rejects.toMatchObject({
      ...{ exitCode: 6, message: "somebody is building a guest web2 on ham2", hint: "mclu jobs" },
    });
    const there = await world({ ham0: [source(1)], ham2: [] }, { ham2: { jobs: jobs("no") } });
    await expect(prepareClone(there, { ...request, guests: ["web2"], force: true })).rejects.toMatchObject({
      ...{ exitCode: 6, message: "somebody is building a guest web2 on ham2", hint: "mclu jobs" },
    });
    expect(await missing("web2", "yes")).toEqual(["ham1"]);
    expect(await missing("web3")).toEqual(["ham1"]);
    const lost = await fakeCluster(
      { ham0: () => [source(1)], ham1: () => [], ham2: () => lostNode },
      "",
      ableNodes({ ham0: able, ham1: able }),
    );
    const ask = (force: boolean) =>
      nodesWithoutImage(lost, { image: "debian-original", guests: ["web1"], nodes: ["ham1"], force });
    await expect(ask(false)).rejects.toMatchObject({
      message: expect.stringContaining("whether web1 is free is unknown"),
    });
    expect(await ask(true)).toEqual(["ham1"]);
  });

  it("nowhere without memory, and room for it beside the image, before that is copied for it", async () => {
    const full = Array.from({ length: 16 }, (_, at) => ({ name: `other${at}`, uuid: testUuid(at + 20) }));
    const missing = async (
      guests: readonly string[],
      { room = 100 * gib, linked = false, others = full.slice(16) } = {},
    ) =>
      nodesWithoutImage(
        await world({ ham0: [source(1)], ham1: others, ham2: others }, { ham1: { room }, ham2: { room } }),
        { ...{ image: "debian-original", guests, linked, nodes: ["ham1"], force: false } },
      );
    await expect(missing(["web1"], { others: full })).rejects.toMatchObject({
      ...{ exitCode: 6, message: "no node can take web1" },
      hint: expect.stringMatching(/^ham1: memory: 1G wanted, \S+ free$/),
    });
    await expect(missing(["web1"], { room: 1.5 * gib })).rejects.toMatchObject({
      ...{ exitCode: 6, message: "no node can take web1", hint: "ham1: pool default: 1G wanted, 512M free" },
    });
    expect(await missing(["web1"], { room: 1.5 * gib, linked: true })).toEqual(["ham1"]);
    expect(await missing(["web1"], { room: 2 * gib })).toEqual(["ham1"]);
    // of an image that does not say what it takes all may be there
    const whole = { files: { [path]: imageFile(path, gib, { "actual-size": null }) } };
    const unsaid = await world({ ham0: [source(1)], ham1: [] }, { ham0: whole, ham1: { room: 1.5 * gib } });
    await expect(
      nodesWithoutImage(unsaid, { image: "debian-original", guests: ["ham1/web1"], nodes: [], force: false }),
    ).rejects.toMatchObject({ hint: "ham1: pool default: 1G wanted, 512M free" });
    // each counts those before it, on its own node
    expect(await missing(["ham1/web1", "ham2/web2"], { room: 2 * gib })).toEqual(["ham1", "ham2"]);
    await expect(missing(["ham1/web1", "ham1/web2"], { room: 2 * gib })).rejects.toMatchObject({
      message: "no node can take web2",
    });
  });

  it("nowhere where its network is not active, but a node that is off is left to the copy", async () => {
    const wanted = guestXml("debian-original", "", `${diskXml("vda", path)}${card("lan")}`);
    const image = { ...source(1), xml: wanted };
    const ask = async (cluster: Awaited<ReturnType<typeof world>>) =>
      nodesWithoutImage(cluster, { image: "debian-original", guests: ["ham1/web1"], nodes: [], force: true });
    await expect(ask(await world({ ham0: [image], ham1: [] }))).rejects.toMatchObject({
      ...{ exitCode: 6, hint: expect.stringContaining("ham1: network lan is not active") },
    });
    const lost = await fakeCluster({ ham0: () => [image], ham1: () => lostNode }, "", ableNodes({ ham0: able }));
    expect(await ask(lost)).toEqual(["ham1"]);
  });

  it("linked to no source that starts with its node and changes what it is based on", async () => {
    const cluster = await world({ ham0: [{ ...source(1), autostart: true }] });
    await expect(prepareClone(cluster, { ...request, linked: true })).rejects.toMatchObject({
      ...{ exitCode: 6, hint: "mclu autostart --off ham0/debian-original" },
      message: expect.stringContaining("ham0/debian-original starts with its node"),
    });
    expect((await prepareClone(cluster, request)).plan.targets).toMatchObject([{ node: "ham0" }]);
  });

  it.each([
    ["memory", "<memory model='nvdimm' access='shared'><source><path>/v/pmem</path></source></memory>", "/v/pmem"],
    ["tpm", "<tpm><backend type='emulator'><source type='file' path='/v/tpm'/></backend></tpm>", "/v/tpm"],
  ])("from no source whose %s device is a file that both would write to", async (what, device, file) => {
    const cluster = await world({ ham0: [source(1, "", `${diskXml("vda", path)}${device}`)] });
    await expect(prepareClone(cluster, request)).rejects.toMatchObject({
      ...{ exitCode: 6, hint: "mclu edit ham0/debian-original, and take it out" },
      message: `the ${what} device of ham0/debian-original is the file ${file}: two guests would write to it`,
    });
  });

  it("from one whose NVDIMM is read-only or whose TPM is its node's, which it says", async () => {
    const devices = `<memory model='nvdimm'><source><path>/v/pmem</path></source><target><readonly/></target></memory>
      <tpm model='tpm-crb'><backend type='passthrough'><device path='/dev/tpm0'/></backend></tpm>`;
    const cluster = await world(
      { ham0: [source(1, "", `${diskXml("vda", path)}${devices}`)] },
      { ham0: { kvm: true } },
    );
    expect((await prepareClone(cluster, request)).plan.targets[0]?.notes).toEqual([
      "its memory is the source's: /v/pmem",
      "/dev/tpm0 of the node can be in one running guest alone",
    ]);
  });

  it("with a word about what else of its node it has in common with its source", async () => {
    const devices = `<emulator>/usr/bin/qemu</emulator><filesystem type='mount'><source dir='/srv'/><target dir='s'/></filesystem>
      <serial type='file'><source path='/log'/></serial><tpm><backend type='emulator'/></tpm>`;
    const cluster = await world(
      { ham0: [source(1, "", `${diskXml("vda", path)}${devices}`)] },
      { ham0: { kvm: true } },
    );
    expect((await prepareClone(cluster, request)).plan.targets[0]?.notes).toEqual([
      expect.stringContaining("its TPM begins empty"),
      expect.stringMatching(/^its \w+ port is the source's: \/log$/),
      "its filesystem is the source's: /srv",
    ]);
  });

  it("where its source's first card can be", async () => {
    const wants = async (devices: string, virsh?: AbleNode["virsh"], run?: AbleNode["run"]) => {
      const node = { ...(virsh && { virsh }), ...(run && { run }) };
      const cluster = await world({ ham0: [source(1, "", `${diskXml("vda", path)}${devices}`)] }, { ham0: node });
      return prepareClone(cluster, request).then(
        ({ plan }) => plan.targets.map(({ node: name }) => name),
        (error: { hint: string }) => error.hint,
      );
    };
    expect(await wants(card("default"))).toEqual(["ham0"]);
    expect(await wants(card("dmz"))).toContain("dmz");
    const bridge = "<interface type='bridge'><source bridge='br0'/></interface>";
    expect(await wants(bridge)).toEqual(["ham0"]);
    const absent: AbleNode["run"] = ([program]) => (program === "test" ? { code: 1, texts: [""] } : undefined);
    expect(await wants(bridge, undefined, absent)).toContain("br0");
    // a card that no node lacks
    expect(await wants("<interface type='user'/>", ([command]) => (command === "net-list" ? "" : undefined))).toEqual([
      "ham0",
    ]);
  });

  it("nowhere where nobody knows what memory it needs", async () => {
    const guest = {
      ...source(1),
      xml: guestXml("debian-original", "", diskXml("vda", path)).replace(/<memory.*memory>/, ""),
    };
    await expect(prepareClone(await world({ ham0: [guest] }), request)).rejects.toMatchObject({
      ...{ exitCode: 6, message: "how much memory debian-original has is not known" },
    });
  });
});

describe("a node that fails while", () => {
  it("a clone is prepared is an error with what to type, not a bug", async () => {
    const failing: AbleNode["virsh"] = ([command, ...args]) => {
      if (command === "dumpxml" && args.includes("--security-info"))
        throw failed("denied", "read only", "mclu doctor ham0");
      return undefined;
    };
    const cluster = await world({ ham0: [source(1)] }, { ham0: { virsh: failing } });
    await expect(prepareClone(cluster, request)).rejects.toMatchObject({
      ...{ name: "UserError", exitCode: 5, message: "ham0 failed: denied: read only", hint: "mclu doctor ham0" },
    });
  });
});

describe("what a clone runs", () => {
  it("has the firmware variables and the start of those that have them", async () => {
    const nvram = "/var/lib/libvirt/qemu/nvram/o_VARS.fd";
    const inside = `<os firmware='efi'><type arch='x86_64' machine='pc'>hvm</type><nvram>${nvram}</nvram></os>`;
    const guest = {
      ...source(1),
      xml: `<domain type='qemu'><name>debian-original</name><memory unit='KiB'>1048576</memory><vcpu>1</vcpu>${inside}<devices>${diskXml("vda", path)}</devices></domain>`,
    };
    const files = { [path]: imageFile(path, gib), [nvram]: {} };
    const shown = async (more: AbleNode, start: boolean) => {
      const cluster = await world({ ham0: [guest] }, { ham0: more });
      const { plan } = await prepareClone(cluster, { ...request, start });
      return commandsOfClone(cluster, plan).map(({ command }) => command);
    };
    const whole = await shown({ files }, true);
    expect(whole.at(-1)).toBe("virsh -c qemu:///system start web1");
    expect(whole.filter((command) => command.startsWith("ln -T")).map((command) => command.split(" ").at(-1))).toEqual([
      "/images/web1.qcow2",
      "/var/lib/libvirt/qemu/nvram/web1_VARS.fd",
    ]);
    // where libvirt chooses the file, the definition names none
    guest.xml = guest.xml.replace(`<nvram>${nvram}</nvram>`, "");
    const chosen = "/var/lib/libvirt/qemu/nvram/debian-original_VARS.fd";
    const its = await shown({ files: { [path]: imageFile(path, gib), [chosen]: {} } }, false);
    expect(its.filter((command) => command.startsWith("ln -T"))).toHaveLength(2);
    const less = await shown({}, false);
    expect(less.at(-1)).toContain("define --validate");
    expect(less.filter((command) => command.startsWith("ln -T"))).toHaveLength(1);
  });
});

describe("a clone's definition", () => {
  it.each([
    ["", []],
    ["/nv/o_VARS.qcow2", ["/nv/web1_VARS.qcow2"]],
    ["/nv/o", ["/nv/web1_VARS.fd"]],
  ])("has firmware variables of its own in the place of %j, which are not made yet", async (nvram, expected) => {
    const job = reservedJob("web1", ended("done"));
    const own = nvram === "" ? "" : `<nvram>${nvram}</nvram>`;
    const xml = guestXml("debian-original", "", diskXml("vda", path)).replace("</os>", `${own}</os>`);
    const cluster = await world({ ham0: [{ ...source(1), xml }] }, { ham0: { jobs: job.answers } });
    const { run, sent } = takesJob();
    runs(cluster.node("ham0"), run);
    const prepared = await prepareClone(cluster, request);
    const { results } = await clone(cluster, prepared, { client: "me@here", detach: true });
    expect(results).toMatchObject([{ node: "ham0", name: "web1", outcome: "cloning", job: job.id() }]);
    expect([...sent().matchAll(/<nvram>([^<]*)</g)].map(([, found]) => found)).toEqual(expected);
    expect(sent()).toContain("<name>web1</name>");
  });
});
