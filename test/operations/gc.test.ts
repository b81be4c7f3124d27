import { expect, it } from "vitest";
import { applyGc, gcExitCode, planGc } from "../../src/operations/gc.ts";
import { fakeFiles } from "../support/fake-files.ts";
import { type FakeGuest, type FakeNode, fakeCluster, lostNode, offNode } from "../support/fake-host.ts";
import { ended, fakeJobs, type JobAnswers, jobFacts } from "../support/fake-jobs.ts";
import { testUuid } from "../support/test-driver.ts";

const [dead, left] = ["20261121T134500-aaaaaaaa", "20261121T134501-bbbbbbbb"];
const spec = 'spec\t{"kind":"build","guest":"web1"}';

/** A node on which a power cut ended one build, and another one left a file on purpose. */
const remains = jobFacts(
  [dead, spec, "started\t900", "live\tno", `directory\t/j/${dead}`, "size\t4", "entry\tmade\tsame\t8*512\t/p/a&b.img"],
  [left, spec, ...ended("done"), `directory\t/j/${left}`, "entry\tleft\tsame\t8*512\t/p/old.img"],
);
const key = Buffer.from("web9").toString("hex");
const reservation = (stale: string) => ["name", key, dead, 512, 1, 700, "no", stale, key].join("\t");

const guest = (at: number, xml: string, next = xml): FakeGuest => ({ name: `db${at}`, uuid: testUuid(at), xml, next });

const pool = "<pool type='dir'><name>p</name><target><path>/p</path></target></pool>";

const gcCluster = (ham0: FakeNode, answers: JobAnswers = {}, ham1: FakeNode = () => offNode) =>
  fakeCluster({ ham0, ham1 }, "", {
    virsh: ([command]) => ({ "pool-list": testUuid(9), "pool-dumpxml": pool })[command ?? ""],
    run: fakeJobs({ list: (node) => (node === "ham0" ? remains : jobFacts()), ...answers }, fakeFiles({})),
  });

it("plans to undo what was cut off, to remove what was left, and to release what nobody holds", async () => {
  const cluster = await gcCluster(() => [guest(1, "<domain/>")], { reservations: `${reservation("yes")}\n` });
  const { items, kept, nodes } = await planGc(cluster, { signal: new AbortController().signal });
  const reason = "build of web1 is dead: power cut, or killed";
  expect(items).toMatchObject([
    { node: "ham0", kind: "file", path: "/p/a&b.img", size: 4096, reason, job: dead, action: "undo" },
    { kind: "job", path: `/j/${dead}`, size: 4096, reason, job: dead, action: "undo" },
    { kind: "file", path: "/p/old.img", job: left, action: "left" },
    { kind: "reservation", path: "web9", job: dead, action: "release", key },
  ]);
  expect(kept).toEqual([]);
  expect(nodes).toEqual([
    { node: "ham0", state: "on" },
    { node: "ham1", ...offNode },
  ]);
});

it("leaves a job alone while a guest uses its file, now or at its next start, or nobody can say", async () => {
  const escaped = "<domain><disk><source file='/p/a&amp;b.img'/></disk></domain>";
  const later = guest(2, "<domain/>", "<domain><disk><source pool='p' volume='old.img'/></disk></domain>");
  const used = await planGc(await gcCluster(() => [guest(1, escaped), later]));
  expect(used.items).toEqual([]);
  expect(used.kept).toEqual([
    { node: "ham0", path: "/p/a&b.img", reason: "the guest db1 uses it" },
    { node: "ham0", path: "/p/old.img", reason: "the guest db2 uses it" },
  ]);
  const unread = guest(3, "");
  // jobs and reservations are told, and libvirt is silent then
  for (const node of [() => [unread], (asked: number) => (asked < 2 ? [] : lostNode)]) {
    const unknown = await planGc(await gcCluster(node), { nodes: ["ham0"] });
    expect(unknown.items).toEqual([]);
    expect(unknown.kept.map(({ path, reason }) => [path, reason])).toEqual([
      ["/p/a&b.img", "libvirt does not say whether a guest uses it"],
      ["/p/old.img", "libvirt does not say whether a guest uses it"],
    ]);
  }
});

it("is over where it is interrupted while guests are looked at", async () => {
  const interruption = new AbortController();
  const cluster = await gcCluster((asked) => {
    if (asked === 2) interruption.abort();
    return asked < 2 ? [] : lostNode;
  });
  await expect(planGc(cluster, { signal: interruption.signal })).rejects.toMatchObject({ name: "AbortError" });
});

it("says what each node did of the plan, and what stays since it is another's by now", async () => {
  const outcome = [`removed\tmade\t/p/a&b.img`, `removed\tjob\t/j/${dead}`, "kept\tanother file now\t/p/old.img"];
  const answers = { reservations: `${reservation("yes")}\n`, clean: outcome.join("\n"), drop: "" };
  const cluster = await gcCluster(() => [], answers);
  const plan = await planGc(cluster);
  expect(await applyGc(cluster, plan, new AbortController().signal)).toEqual({
    ...{ items: plan.items, nodes: plan.nodes, applied: true },
    removed: [
      { node: "ham0", path: "/p/a&b.img" },
      { node: "ham0", path: `/j/${dead}` },
    ],
    kept: [
      { node: "ham0", path: "/p/old.img", reason: "another file now" },
      { node: "ham0", path: "web9", reason: "somebody holds it by now" },
    ],
  });
});

it("says what a node did not come to, and that it was cut short", async () => {
  const clean = { code: 124, texts: [`removed\tmade\t/p/a&b.img\nremoved\tjob\t/j/${dead}\n\nheard ${dead} undo\n`] };
  const cluster = await gcCluster(() => [], { clean });
  const report = await applyGc(cluster, await planGc(cluster));
  const reason = "it did not come to this in time, or did not say what became of it";
  expect(report.removed.map(({ path }) => path)).toEqual(["/p/a&b.img", `/j/${dead}`]);
  expect(report.kept).toEqual([{ node: "ham0", path: "/p/old.img", reason }]);
  const cut = { state: "failed", reason: "slow", detail: "it was cut short before all was done", hint: "mclu gc ham0" };
  expect(report.nodes[0]).toEqual({ node: "ham0", ...cut });
  expect(gcExitCode(report, [])).toBe(5);
});

it("releases a reservation where there is nothing else, and says that a node fell silent", async () => {
  const list = jobFacts();
  const reservations = (node: string) => (node === "ham0" ? `${reservation("yes")}\n${reservation("no")}\n` : "");
  const released = await gcCluster(() => [], { list, reservations, drop: "yes" });
  const one = await planGc(released);
  expect((await applyGc(released, one)).removed).toEqual([{ node: "ham0", path: "web9" }]);
  const silent = await gcCluster(
    () => [],
    { list, reservations, drop: lostNode },
    () => [],
  );
  const report = await applyGc(silent, await planGc(silent));
  expect(report).toMatchObject({ removed: [], kept: [], applied: true });
  expect(report.nodes).toEqual([
    { node: "ham0", ...lostNode },
    { node: "ham1", state: "on" },
  ]);
});

it("is unreachable where a node fell silent that something was to be removed on, named or not", async () => {
  const reservations = (node: string) => (node === "ham0" ? `${reservation("yes")}\n` : "");
  const answers = { list: jobFacts(), reservations };
  const plan = await planGc(await gcCluster(() => [], answers));
  // ham1 is off from the beginning
  const planned = { ...plan, applied: false, removed: [] };
  expect([gcExitCode(planned, []), gcExitCode(planned, ["ham1"])]).toEqual([0, 5]);
  const apply = async (drop: JobAnswers["drop"] & {}) => {
    const cluster = await gcCluster(
      () => [],
      { ...answers, drop },
      () => [],
    );
    return applyGc(cluster, await planGc(cluster));
  };
  const silent = await apply(offNode);
  expect(silent).toMatchObject({ removed: [], nodes: [{ node: "ham0", state: "off" }, { state: "on" }] });
  expect([gcExitCode(silent, []), gcExitCode(await apply("yes"), [])]).toEqual([5, 0]);
});
