import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { NodeError } from "../../../src/node/failure.ts";
import { copyImage } from "../../../src/operations/copy/copy.ts";
import { definitionOfCopy } from "../../../src/operations/copy/copy-job.ts";
import { prepareCopy } from "../../../src/operations/copy/prepare-copy.ts";
import { type AbleNode, ableNodes, diskXml, guestXml, imageFile } from "../../support/able-node.ts";
import { type FakeGuest, type FakeNode, fakeCluster, lostNode, offNode } from "../../support/fake-host.ts";
import { ended, jobFacts, printing, reservedJob, runs, takesJob } from "../../support/fake-jobs.ts";
import { testUuid } from "../../support/test-driver.ts";

const gib = 1024 ** 3;
const name = "debian-original";
const [first, second] = ["/images/o.qcow2", "/images/data.img"];
const nvram = "/var/lib/libvirt/qemu/nvram/o_VARS.fd";
const xml = guestXml(name, "", `${diskXml("vda", first)}${diskXml("vdb", second, "raw")}`).replace(
  "</os>",
  `<nvram>${nvram}</nvram></os>`,
);
const files = { [first]: imageFile(first, gib), [second]: imageFile(second, gib, { format: "raw" }), [nvram]: {} };

interface World {
  readonly guest?: Partial<FakeGuest>;
  readonly source?: AbleNode;
  readonly target?: AbleNode;
  readonly ham1?: FakeNode;
  /** Of both nodes; undefined: they are this machine. */
  readonly settings?: object;
}

/** An image of ham0 that goes to ham1. */
async function world({ guest, source, target, ham1 = () => [], settings }: World = {}) {
  const image: FakeGuest = { name, uuid: testUuid(1), state: "shut off", xml, ...guest };
  const answers = ableNodes({ ham0: { files, ...source }, ham1: target ?? {} });
  const cluster = await fakeCluster({ ham0: () => [image], ham1 }, "", answers);
  for (const node of cluster.nodes)
    if (settings) Object.assign(node, { settings: { ...node.settings, transport: "auto", ...settings } });
  return cluster;
}

const prepare = async (how: World) => prepareCopy(await world(how), { image: name, node: "ham1" });

/** What the source says of itself and of its first files. */
const toSource = (count: number) =>
  ["boot-of-ham0", "ham0", ...[1, 2, 3].slice(0, count).map((inode) => `${inode} 4096 9.1`)].join("\n");

/** A source that says who it is, and a target that comes to a host which says `there`. */
const reaching = (there: string, asked: string[]): { readonly source: AbleNode; readonly target: AbleNode } => ({
  source: { files, run: ([, , script = ""]) => (script.includes("boot_id") ? toSource(3) : undefined) },
  target: {
    run: ([, , script = ""]) => {
      if (!script.includes("BatchMode")) return undefined;
      asked.push(script);
      return there;
    },
  },
});

describe("the plan of a copy", () => {
  it("gives each file a name of the node's, and takes their sizes from stat", async () => {
    const { plan } = await prepare({});
    expect(plan.files).toEqual([
      { what: "vda", source: first, path: `/images/${name}-ham1.qcow2`, size: 4096 },
      { what: "vdb", source: second, path: `/images/${name}-ham1-vdb.img`, size: 4096 },
      { what: "nvram", source: nvram, path: `/var/lib/libvirt/qemu/nvram/${name}-ham1_VARS.fd`, size: 4096 },
    ]);
    expect(plan).toMatchObject({ size: 3 * 4096, direct: null, resumes: null });
  });

  const device = "/dev/vg/o";
  /** An image on a device, as a logical volume's name leads to one, of a guest that sees so much. */
  const onDevice = (format: string, seen: number, length?: number): World => ({
    guest: { xml: guestXml(name, "", diskXml("vda", device, format, "block")).replace("<os>", "<os firmware='efi'>") },
    source: {
      files: {
        [device]: {
          ...{ kind: "symbolic link", leadsTo: "block special file", ...(length !== undefined && { length }) },
          ...imageFile(device, seen, { format }),
        },
      },
    },
  });

  it.each([
    ["raw", gib, gib, "img"],
    // what it is described by comes on top, and what it never wrote takes nothing
    ["qcow2", gib, 2 * gib, "qcow2"],
    ["qcow2", 10 * gib, gib, "qcow2"],
  ])("takes the length of a device for %s, whatever the guest sees of it: %i", async (format, seen, length, end) => {
    const { plan } = await prepare(onDevice(format, seen, length));
    expect(plan.files).toEqual([{ what: "vda", source: device, path: `/images/${name}-ham1.${end}`, size: length }]);
  });

  it("is none where nobody can tell how long a device is", async () => {
    await expect(prepare(onDevice("qcow2", gib))).rejects.toMatchObject({
      ...{ exitCode: 6, hint: `mclu exec ham0 -- lsblk -b ${device}` },
      message: `how long the device ${device} of ham0/${name} is cannot be told, and it is copied whole`,
    });
  });

  it.each<[string, World, number, string, string]>([
    ["is off", { ham1: () => offNode }, 5, "ham1 is off", "mclu status ham1"],
    ["fails", { ham1: () => lostNode }, 5, "ham1 failed: lost: the wire was cut", "ping ham0"],
    [
      "has a guest of the name",
      { ham1: (asked) => (asked > 0 ? [{ name, uuid: testUuid(2), state: "running" }] : []) },
      6,
      `there is a guest ham1/${name} already`,
      `mclu info ham1/${name}`,
    ],
    ["has no pool", { target: { room: null } }, 6, `ham1 cannot take ${name}`, "pool"],
    ["has no room", { target: { room: 5000 } }, 6, `ham1 cannot take ${name}`, "pool default"],
  ])("is none where the other node %s", async (_what, how, exitCode, message, hint) => {
    await expect(prepare(how)).rejects.toMatchObject({ exitCode, message, hint: expect.stringContaining(hint) });
  });

  it.each<[string, string, (argv: string) => boolean]>([
    ["its source is looked at", "ham0", (argv) => argv.includes("qemu-img")],
    ["the sizes of the source's files are asked", "ham0", (argv) => argv.includes("stat ") && argv.includes(nvram)],
    ["the target's jobs are asked", "ham1", (argv) => argv.includes('set -- "$mclu_dir"/[0-9]')],
  ])("ends with exit 5 where a node falls silent while %s", async (_what, node, isAsked) => {
    const silent: AbleNode = {
      files,
      run: (argv) => {
        if (isAsked(argv.join(" "))) throw new NodeError(lostNode);
        return undefined;
      },
    };
    await expect(prepare(node === "ham0" ? { source: silent } : { target: silent })).rejects.toMatchObject({
      ...{ name: "UserError", exitCode: 5, message: `${node} failed: lost: the wire was cut`, hint: "ping ham0" },
    });
  });

  it("goes from node to node where the other one may log in, in the way that it is set up", async () => {
    const asked: string[] = [];
    const plain = await prepare({ settings: {}, ...reaching(toSource(3), asked) });
    expect([plain.plan.direct, plain.way]).toMatchObject(["ham0", { kind: "direct", destination: ["ham0"] }]);
    const settings = { user: "admin", port: 2222, become: "sudo" };
    const other = await prepare({ settings, ...reaching(toSource(3), asked) });
    const known = new Map(["1", "2", "3"].map((inode, at) => [[first, second, nvram][at], `ham0\n${inode} 4096 9.1`]));
    expect(other.way).toEqual({ kind: "direct", destination: ["-p", "2222", "admin@ham0"], become: "sudo", known });
    expect(asked.map((script) => script.includes("sudo -n stat"))).toEqual([false, true]);
    expect((await prepare({ settings: {}, ...reaching("", asked) })).way).toEqual({ kind: "relayed" });
    // a guest without a disk has nothing to ask about
    const bare = { xml: guestXml(name, "", "") };
    expect((await prepare({ settings: {}, guest: bare })).way).toEqual({ kind: "relayed" });
  });

  it.each([
    ["another name", toSource(3).replace("ham0", "ham9")],
    ["the same name, as of a machine that was copied", toSource(3).replace("boot-of-ham0", "boot-of-another")],
    ["other files", toSource(3).replace("2 4096 9.1", "2 4096 9.2")],
    ["fewer files", toSource(2)],
  ])("goes through this machine where the other node comes to a host of %s", async (_what, there) => {
    expect((await prepare({ settings: {}, ...reaching(there, []) })).way).toEqual({ kind: "relayed" });
  });

  it("goes through this machine where the source does not say which host it is", async () => {
    const silent: AbleNode = { files, run: ([, , script = ""]) => (script.includes("boot_id") ? "" : undefined) };
    const { way } = await prepare({ settings: {}, ...reaching("", []), source: silent });
    expect(way).toEqual({ kind: "relayed" });
  });
});

describe("a copy", () => {
  it("is received by a job that fetches in the way that was planned, as root where the source's login is none", async () => {
    for (const [become, words] of [
      ["sudo", "sudo -n tail"],
      ["none", '"tail'],
    ] as const) {
      const job = reservedJob(name, ended("done"));
      const { source, target } = reaching(toSource(3), []);
      const cluster = await world({ settings: { become }, source, target: { ...target, jobs: job.answers } });
      const { run: takes, sent } = takesJob();
      runs(cluster.node("ham1"), takes);
      const { results } = await copyImage(cluster, await prepareCopy(cluster, { image: name, node: "ham1" }), {
        ...{ client: "me@here", detach: true },
      });
      expect(results).toMatchObject([{ node: "ham1", name, outcome: "copying", job: job.id() }]);
      expect(sent()).toContain(words);
      expect(sent()).toContain(`${name}-ham1-vdb.img`);
    }
  });

  it.each([
    ["", "do not reach each other"],
    [toSource(3), "reach each other by now"],
  ])("that waits is gone on with, and brought what it lacks: with a source that says %j its nodes %s", async (said) => {
    const id = "20261121T134500-aaaaaaaa";
    const spec = `spec\t{"kind":"copy","guest":"${name}","template":"ham0/${name}"}`;
    const running = jobFacts([id, spec, "started\t900", "live\tleader"]);
    const looks: string[] = [];
    const jobs = { list: running, one: jobFacts([id, spec, ...ended("done")]) };
    const run: AbleNode["run"] = ([, , script = ""]) => {
      if (script.includes("BatchMode")) return said;
      if (!script.includes("echo arrived")) return undefined;
      looks.push(script);
      return "arrived";
    };
    const cluster = await world({ settings: {}, source: reaching("", []).source, target: { jobs, run } });
    const prepared = await prepareCopy(cluster, { image: name, node: "ham1" });
    expect([prepared.plan.resumes, prepared.way.kind]).toEqual([id, said === "" ? "relayed" : "direct"]);
    const print = printing("vda: 50 %\n");
    runs(cluster.node("ham1"), async (options, command) => {
      await sleep(20);
      return print(options, command);
    });
    const events: object[] = [];
    const { results, warnings } = await copyImage(cluster, prepared, {
      client: "me@here",
      onEvent: (event) => events.push(event),
    });
    expect([results, warnings]).toMatchObject([[{ outcome: "copied", uuid: null, job: id }], []]);
    expect(results[0]?.seconds).toBeGreaterThan(0);
    expect(readFileSync(join(cluster.directories.state, "journal"), "utf8")).toContain('"command":"image copy"');
    expect(events).toEqual([{ kind: "log", line: "vda: 50 %" }]);
    expect(looks[0]).toContain(`/jobs/${id}/tmp/arrived-vda`);
    expect(looks[0]).toContain(`mclu-${id}.part`);
  });

  it.each([
    ["brings the files itself", "4096", "cancelled", ["cancel"]],
    ["follows another client that brings them", "other", "copying", []],
  ])("is ended by Ctrl-C of one that %s alone", async (_what, said, outcome, cancels) => {
    const id = "20261121T134500-aaaaaaaa";
    const spec = `spec\t{"kind":"copy","guest":"${name}","template":"ham0/${name}"}`;
    const asked: string[] = [];
    const jobs = {
      list: jobFacts([id, spec, "started\t900", "live\tleader"]),
      one: jobFacts([id, spec, ...ended("cancelled")]),
      cancel: () => {
        asked.push("cancel");
        return "told";
      },
    };
    const run: AbleNode["run"] = ([, , script = ""]) => (script.includes("echo arrived") ? said : undefined);
    const cluster = await world({ target: { jobs, run } });
    const prepared = await prepareCopy(cluster, { image: name, node: "ham1" });
    const interruption = new AbortController();
    runs(cluster.node("ham1"), async ({ signal }) => {
      await sleep(200);
      interruption.abort();
      return signal?.aborted ? { kind: "interrupted" } : { kind: "exit", code: 0 };
    });
    runs(cluster.node("ham0"), async () => ({ kind: "interrupted" }));
    const events: object[] = [];
    const { results } = await copyImage(cluster, prepared, {
      ...{ client: "me@here", signal: interruption.signal, onEvent: (event) => events.push(event) },
    });
    expect([results, asked]).toMatchObject([[{ outcome, job: id, exitCode: 130 }], cancels]);
    if (outcome !== "copying") return;
    expect(results[0]).toMatchObject({
      detail: `interrupted; the job ${id} goes on without this client, which did not start it`,
      hint: `mclu jobs follow ${id}, or to end it: mclu jobs cancel ${id}`,
    });
    expect(events).toEqual([{ kind: "log", line: expect.stringContaining("Ctrl-C leaves the copy alone") }]);
  });

  it("that waits is gone on with as the guest that it makes, and not where the image has other disks by now", async () => {
    const id = "20261121T134500-aaaaaaaa";
    const list = jobFacts([
      id,
      `spec\t{"kind":"copy","guest":"${name}","template":"ham0/${name}"}`,
      "started\t900",
      "live\tleader",
    ]);
    const own = definitionOfCopy({
      ...{ name, uuid: testUuid(7), built: { source: { kind: "image", name }, builder: "", date: "" } },
      ...(await prepare({})),
    });
    const begun = (text: string): World => ({
      target: {
        jobs: { list, one: jobFacts([id, `spec\t{"kind":"copy","guest":"${name}"}`, ...ended("done")]) },
        run: ([, , script = ""]) =>
          script.includes("/files/") ? text : script.includes("echo arrived") ? "arrived" : undefined,
      },
    });
    const cluster = await world(begun(own));
    const prepared = await prepareCopy(cluster, { image: name, node: "ham1" });
    expect(prepared.resumedUuid).toBe(testUuid(7));
    runs(cluster.node("ham1"), printing(""));
    expect((await copyImage(cluster, prepared, { client: "me@here" })).results).toMatchObject([{ uuid: testUuid(7) }]);
    const journal = readFileSync(join(cluster.directories.state, "journal"), "utf8");
    expect(journal).toContain(`"uuid":"${testUuid(7)}"`);
    for (const other of [
      own.replace(/<disk .*?<\/disk>/s, ""),
      own.replace('<target dev="vda"', '<target dev="vdc"'),
      "<domain",
    ]) {
      expect(other).not.toBe(own);
      await expect(prepare(begun(other))).rejects.toMatchObject({
        ...{ exitCode: 6, hint: `mclu jobs cancel ${id}, and copy it again` },
        message: `the disks of ham0/${name} are not those any more that the copy ${id} on ham1 began with`,
      });
    }
  });

  it("is not taken for one that waits for the same name from another node, or for another thing", async () => {
    const jobOf = (spec: object) =>
      jobFacts(["20261121T134500-aaaaaaaa", `spec\t${JSON.stringify(spec)}`, "started\t900", "live\tleader"]);
    const own = { kind: "copy", guest: name, template: `ham0/${name}` };
    for (const other of [{ template: `ham2/${name}` }, { template: null }, { guest: "web1" }, { kind: "build" }]) {
      const { plan } = await prepare({ target: { jobs: { list: jobOf({ ...own, ...other }) } } });
      expect(plan.resumes).toBeNull();
    }
  });

  it("whose target is lost says with which line it goes on, and until when, if its job has begun", async () => {
    const id = "20261121T134500-aaaaaaaa";
    const list = jobFacts([
      id,
      `spec\t{"kind":"copy","guest":"${name}","template":"ham0/${name}"}`,
      "started\t900",
      "live\tleader",
    ]);
    const lostTo = async (target: AbleNode) => {
      const cluster = await world({ target });
      const prepared = await prepareCopy(cluster, { image: name, node: "ham1" });
      // asking again helps against nothing that follows from a changed key
      const silence = { ...lostNode, reason: "host-key-changed" } as const;
      const lost = () => Promise.reject(new NodeError(silence));
      Object.assign(cluster.node("ham1"), { ask: lost, stream: lost });
      mkdirSync(dirname(cluster.directories.state), { recursive: true });
      writeFileSync(cluster.directories.state, "no directory");
      return copyImage(cluster, prepared, { client: "me@here" });
    };
    const waits = await lostTo({ jobs: { list, one: list } });
    const hint = `once it answers, within 15 minutes, to go on where it was: mclu image copy ham0/${name} ham1`;
    expect(waits.results).toMatchObject([{ outcome: "unknown", exitCode: 5, hint }]);
    expect(waits.warnings).toEqual([expect.stringContaining("the journal was not written")]);
    // no job has begun
    const none = await lostTo({});
    expect(none.results).toMatchObject([
      { outcome: "failed", exitCode: 5, hint: expect.not.stringContaining("go on") },
    ]);
  });
});
