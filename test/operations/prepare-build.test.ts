import { describe, expect, it } from "vitest";
import { build } from "../../src/operations/build.ts";
import { findGuests } from "../../src/operations/find-guest.ts";
import { findCandidates } from "../../src/operations/place.ts";
import { type BuildRequest, prepareBuild } from "../../src/operations/prepare-build.ts";
import type { Recipe } from "../../src/template/recipe.ts";
import { readStep } from "../../src/template/step.ts";
import { type AbleNode, ableNodes } from "../support/able-node.ts";
import { fakeCluster, lostNode, offNode } from "../support/fake-host.ts";
import { ended, reservedJob, runs, takesJob } from "../support/fake-jobs.ts";
import { fixture } from "../support/fixture.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testUuid } from "../support/test-driver.ts";

const gib = 1024 ** 3;
const options: AbleNode["run"] = (argv) =>
  argv.includes("--long-options") ? fixture("virt-customize-1.48-long-options.txt") : undefined;

const recipe: Recipe = {
  ...{ name: "tiny", file: "/t/tiny.conf", description: null, memory: gib, vcpus: 2, size: null, firmware: "bios" },
  base: { kind: "virt-builder", image: "tiny", checkSignature: true },
  ...{ network: null, pool: null, graphics: "none", os: null, tested: null, steps: [] },
};

const clusterOf = (more: AbleNode = {}) =>
  fakeCluster({ ham0: () => [] }, "", ableNodes({ ham0: { run: options, ...more } }));

const requestOf = (own: Partial<Recipe> = {}, more: Partial<BuildRequest> = {}): BuildRequest => ({
  ...{ template: { recipe: { ...recipe, ...own }, files: [] }, guests: ["web1"], start: true, noLogin: true },
  ...{ force: false, keys: { agent: undefined, home: temporaryDirectory() }, ...more },
});

describe("the plan of a build", () => {
  it("has the template's size or a larger one, and none where the template has none", async () => {
    const sizeOf = async (own: Partial<Recipe>, more: Partial<BuildRequest> = {}) =>
      (await prepareBuild(await clusterOf(), requestOf(own, more))).plan.targets[0]?.size;
    expect(await sizeOf({})).toBeNull();
    expect(await sizeOf({ size: 2 * gib })).toBe(2 * gib);
    expect(await sizeOf({ size: 2 * gib }, { size: 3 * gib })).toBe(3 * gib);
    // 1.3G of a template: whole sectors, or qemu-img would refuse it at the end of the download
    expect(await sizeOf({ size: 1395864371 })).toBe(1395864576);
    expect(await sizeOf({}, { size: 1395864371 })).toBe(1395864576);
    await expect(sizeOf({ size: 2 * gib }, { size: gib })).rejects.toMatchObject({
      ...{ exitCode: 2, hint: "mclu template show tiny" },
      message: "a disk of 1G is smaller than the template's, which needs 2G",
    });
  });

  it("says what its steps are given, and that a node without KVM is slow", async () => {
    const origin = { from: "command line", option: "--install" } as const;
    const steps = [readStep("install", "vim", origin, "/"), readStep("update", null, origin, "/")];
    const slow = await prepareBuild(await clusterOf(), requestOf({ steps }));
    expect(slow.plan.steps).toEqual(["install vim", "update"]);
    expect(slow.plan.targets[0]?.notes).toEqual([
      "ham0 has no KVM: building and running the guest will be many times slower",
    ]);
    expect((await prepareBuild(await clusterOf({ kvm: true }), requestOf())).plan.targets[0]?.notes).toEqual([]);
  });
});

it("a name that a silent node may have, or had when it went off, is built only with --force", async () => {
  const silent = { ham0: () => [], ham1: () => lostNode };
  let gone = false;
  const seen = { ham0: () => [], ham1: () => (gone ? offNode : [{ name: "web1", uuid: testUuid(1) }]) };
  for (const [nodes, why] of [
    [silent, "whether web1 is free is unknown: no answer from ham1 (lost)"],
    [seen, "ham1, which is off, had a guest web1 when it last answered"],
  ] as const) {
    gone = false;
    const cluster = await fakeCluster(nodes, "", ableNodes({ ham0: { run: options } }));
    await findGuests(cluster, "all");
    gone = true;
    await expect(prepareBuild(cluster, requestOf())).rejects.toMatchObject({ exitCode: 6, message: why });
    const forced = await prepareBuild(cluster, requestOf({}, { force: true }));
    expect(forced.plan.targets).toMatchObject([{ node: "ham0", name: "web1" }]);
  }
});

it("with UEFI is refused where another guest's variables have the name that libvirt would look for", async () => {
  const variables = "/var/lib/libvirt/qemu/nvram/web1_VARS.fd";
  const run: AbleNode["run"] = (argv) =>
    argv[3] === "mclu-build" && argv.includes(variables)
      ? `taken ${variables}\nuid 0\nhome /root\nwritable\nfree 99999999\nend\n`
      : options?.(argv);
  const prepare = async (firmware: Recipe["firmware"]) =>
    prepareBuild(await clusterOf({ run }), requestOf({ firmware }));
  await expect(prepare("uefi")).rejects.toMatchObject({
    ...{ exitCode: 6, message: `${variables} is there already on ham0` },
  });
  expect((await prepare("bios")).plan.targets).toHaveLength(1);
});

describe("a guest's definition", () => {
  it.each([
    [null, false],
    ["debian12", true],
  ])("names the system that the template names: %j", async (os, named) => {
    const job = reservedJob("web1", ended("done"));
    const cluster = await clusterOf({ jobs: job.answers });
    const { run, sent } = takesJob();
    runs(cluster.node("ham0"), run);
    const prepared = await prepareBuild(cluster, requestOf({ os }));
    const { results } = await build(cluster, prepared, { client: "me@here", detach: true });
    expect(results).toMatchObject([{ outcome: "building", job: job.id() }]);
    expect(sent()).toContain("<name>web1</name>");
    expect(sent().includes("http://debian.org/debian/12")).toBe(named);
  });
});

it("what others reserved is not free, unless nobody holds it any more", async () => {
  const key = Buffer.from("db").toString("hex");
  const entry = (stale: string) => ["name", key, "20261121T134500-aaaaaaaa", gib, 1, 1, "no", stale, key].join("\t");
  const free = async (reservations: string) => {
    const { candidates } = await findCandidates(await clusterOf({ jobs: { reservations } }));
    return candidates[0]?.free ?? expect.fail("no candidate");
  };
  const all = await free("");
  expect(await free(entry("yes"))).toBe(all);
  expect(await free(entry("no"))).toBe(all - gib);
});

it.each([
  ["a job has begun", "yes", "somebody is building a guest web1 on ham0"],
  ["no job has begun", "no", "somebody has reserved the name web1 on ham0, and begun no job"],
])("a plan refuses a name that somebody has reserved, as the build does: %s", async (_what, begun, message) => {
  const key = Buffer.from("web1").toString("hex");
  const entry = (stale: string) =>
    ["name", key, "20261121T134500-aaaaaaaa", 1024, 1, 1, "yes", stale, key, begun].join("\t");
  const plan = async (stale: string, force: boolean) =>
    prepareBuild(await clusterOf({ jobs: { reservations: entry(stale) }, run: options }), requestOf({}, { force }));
  for (const force of [false, true]) await expect(plan("no", force)).rejects.toMatchObject({ exitCode: 6, message });
  await expect(plan("yes", false)).resolves.toMatchObject({ plan: { targets: [{ name: "web1" }] } });
});
