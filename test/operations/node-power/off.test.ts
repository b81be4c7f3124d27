import { describe, expect, it } from "vitest";
import type { Query } from "../../../src/libvirt/query.ts";
import { type FailureReason, NodeError, type NodeSilence } from "../../../src/node/failure.ts";
import { changeExitCode } from "../../../src/operations/change-report.ts";
import type { MoveResult } from "../../../src/operations/move/move-report.ts";
import { applyOff } from "../../../src/operations/node-power/apply-off.ts";
import { stays } from "../../../src/operations/node-power/clear-node.ts";
import { offPlanExitCode, offTargets } from "../../../src/operations/node-power/off-plan.ts";
import { prepareOff } from "../../../src/operations/node-power/plan-off.ts";
import { type FakeGuest, type FakeNode, fakeCluster, lostNode, offNode } from "../../support/fake-host.ts";
import { testUuid } from "../../support/test-driver.ts";

const client = "me@here";
const web1: FakeGuest = { name: "web1", uuid: testUuid(1) };
const idle: FakeGuest = { name: "idle", uuid: testUuid(2), state: "shut off" };

interface World {
  /** What ham0 says when it is told; `-` cuts the answer short. Default: it goes. */
  readonly says?: string;
  readonly guests?: readonly FakeGuest[];
  /** What it is once it was told. Default: off. */
  readonly after?: FakeNode;
  /** A job that runs there, from so many looks on. */
  readonly jobFrom?: number;
}

/** A cluster of ham0, and how often it was told to go. */
async function world({ says = "accepted", guests = [idle], after = () => offNode, jobFrom = 99 }: World = {}) {
  let told = 0;
  let looks = 0;
  const run = (_: string, argv: readonly string[]) => {
    if (argv.includes("mclu-off")) {
      told++;
      return says;
    }
    const now = Math.floor(Date.now() / 1000);
    const job = `job\t20261121T120000-abcdef12\nstarted\t${now}\nlive\tleader\nspec\t{"kind":"build","guest":"web2"}\n`;
    return `now\t${now}\n${looks++ >= jobFrom ? job : ""}`;
  };
  const cluster = await fakeCluster({ ham0: (asked) => (told > 0 ? after(asked) : guests) }, "", {
    run: (argv, node) => run(node, argv),
  });
  for (const node of cluster.nodes) Object.assign(node, { settings: { ...node.settings, transport: "auto" } });
  return { cluster, told: () => told };
}

describe("the plan of off", () => {
  it("leaves a node on where guests run, and names them", async () => {
    const paused: FakeGuest = { name: "db", uuid: testUuid(3), state: "paused" };
    const { cluster } = await world({ guests: [web1, idle, paused] });
    const { plan } = await prepareOff(cluster, ["ham0"]);
    expect(plan.targets).toEqual([
      {
        ...{ node: "ham0", verdict: "refused", why: "2 guests run there: web1, db" },
        hint: "mclu off --drain ham0, or: mclu off --stop-guests ham0",
      },
    ]);
    expect(offPlanExitCode(plan)).toBe(6);
    const stopping = await prepareOff(cluster, ["ham0"], { guests: "stop" });
    expect(stopping.plan.targets).toMatchObject([
      { verdict: "refused", why: "ham0/db: it is paused and cannot switch itself off" },
    ]);
  });

  it("takes a guest of which libvirt says nothing for one that runs", async () => {
    const { cluster } = await world({ guests: [{ ...web1, state: null }] });
    expect(offTargets((await prepareOff(cluster, ["ham0"])).plan)).toEqual([]);
  });

  it("switches no node off where one guest can go nowhere, and says which", async () => {
    const guests = { ham0: [web1], ham1: [idle] };
    const cluster = await fakeCluster({ ham0: () => guests.ham0, ham1: () => guests.ham1 }, "", {
      run: () => "now\t0\n",
    });
    for (const node of cluster.nodes) Object.assign(node, { settings: { ...node.settings, transport: "auto" } });
    const { plan, drains } = await prepareOff(cluster, ["ham0", "ham1"], { guests: "move" });
    expect(plan.targets).toMatchObject([
      { verdict: "refused", why: "ham0/web1 can go nowhere: no other node answers" },
      { verdict: "refused", why: "ham0/web1 can go nowhere, and none of these nodes is switched off then" },
    ]);
    expect([offPlanExitCode(plan), drains.size]).toEqual([6, 0]);
    const silent = await fakeCluster({ ham0: () => guests.ham0, ham1: () => offNode }, "", { run: () => "now\t0\n" });
    for (const node of silent.nodes) Object.assign(node, { settings: { ...node.settings, transport: "auto" } });
    const both = await prepareOff(silent, ["ham0", "ham1"], { guests: "move" });
    expect(both.plan.targets).toMatchObject([
      { verdict: "refused", why: "ham0/web1 can go nowhere: no other node answers" },
      { verdict: "unreachable" },
    ]);
    const easy = await prepareOff(cluster, ["ham1"], { guests: "move" });
    expect(easy.plan.targets).toEqual([{ node: "ham1", verdict: "change", moves: [], stops: [], after: [] }]);
  });

  it("leaves a node on where a job runs", async () => {
    const { cluster } = await world({ jobFrom: 0 });
    const { plan } = await prepareOff(cluster, ["ham0"], { guests: "stop" });
    expect(plan.targets).toMatchObject([
      { verdict: "refused", why: "a job runs there: 20261121T120000-abcdef12 (build web2)" },
    ]);
  });

  it.each([
    [offNode, "it does not answer (no route to host): as far as can be seen from here it is off already"],
    [lostNode, "failed: lost: the wire was cut"],
  ])("calls a node unreachable that is %j", async (silence, why) => {
    const { cluster } = await world({ guests: [] });
    Object.assign(cluster.node("ham0"), { ask: (await fakeCluster({ ham0: () => silence })).node("ham0").ask });
    const prepared = await prepareOff(cluster, ["ham0"]);
    const { plan } = prepared;
    expect(plan.targets).toMatchObject([{ verdict: "unreachable", why }]);
    expect(offPlanExitCode(plan)).toBe(5);
    expect((await applyOff(cluster, prepared, { client })).results).toMatchObject([
      { outcome: "unreachable", detail: why, seconds: 0 },
    ]);
  });

  it("does not switch this machine off, nor a node that there is not", async () => {
    const here = await fakeCluster({ ham0: () => [] });
    expect((await prepareOff(here, ["ham0"])).plan.targets).toMatchObject([
      { verdict: "refused", why: expect.stringContaining("it is this machine") },
    ]);
    await expect(prepareOff(here, ["ham9"])).rejects.toMatchObject({ exitCode: 4 });
  });
});

describe("off", () => {
  const off = async (
    made: Awaited<ReturnType<typeof world>>,
    options: Partial<Parameters<typeof applyOff>[2]> = {},
  ) => {
    const plan = await prepareOff(made.cluster, ["ham0"]);
    const report = await applyOff(made.cluster, plan, { client, timeout: 0.1, ...options });
    return { result: report.results[0], code: changeExitCode(report), told: made.told() };
  };

  it("is done when the node said that it goes, and is silent twice", async () => {
    const looks: number[] = [];
    // refused, off, on again for a moment, off, off
    const states = [{ ...lostNode, reason: "refused" as const }, offNode, [idle], offNode, offNode];
    const after: FakeNode = (asked) => {
      looks.push(asked);
      return states[looks.length - 1] ?? [];
    };
    const end = await off(await world({ after }), { timeout: 60 });
    expect(end).toMatchObject({ result: { outcome: "done", what: "switched off" }, code: 0, told: 1 });
    expect(looks).toHaveLength(states.length);
  });

  it.each([
    ["running\nweb1\nweb 2\n", "refused", "2 guests run there: web1, web 2, by now", 6],
    ["blind", "refused", "libvirt does not say whether guests run there", 6],
    ["failed\n\nInteractive authentication required.\n", "failed", "Interactive authentication required.", 1],
    ["failed\n", "failed", "it did not say why", 1],
    ["accep", "unknown", "its answer was cut short; now it does not answer: it may be off", 5],
  ])("says what a node made of it that answered %j", async (says, outcome, detail, code) => {
    const end = await off(await world({ says }));
    expect(end).toMatchObject({ result: { outcome, detail }, code, told: 1 });
  });

  it.each([
    [[idle], "it still answers after 0.1 s"],
    [lostNode, "it still answers (lost: the wire was cut) after 0.1 s"],
  ])("is a deadline while the node answers anything", async (state, detail) => {
    const end = await off(await world({ after: () => state }));
    expect(end).toMatchObject({ result: { outcome: "deadline", detail }, code: 7 });
  });

  it("tells nothing where a job began after the plan, or the user has gone", async () => {
    expect(await off(await world({ jobFrom: 1 }))).toMatchObject({ result: { outcome: "refused" }, told: 0 });
    const gone = { signal: AbortSignal.abort() };
    expect(await off(await world(), gone)).toMatchObject({ result: { outcome: "interrupted" }, code: 130, told: 0 });
  });

  it("tells nothing where the user has gone while guests were moved", async () => {
    const made = await world();
    const { plan } = await prepareOff(made.cluster, ["ham0"]);
    const drain = { verb: "drain", node: "ham0", moves: [], stuck: [], nodes: [] } as const;
    const leaving = new AbortController();
    const how = { client, signal: leaving.signal, onMoved: () => leaving.abort() };
    const report = await applyOff(made.cluster, { plan, drains: new Map([["ham0", drain]]) }, how);
    expect([report.results, made.told()]).toMatchObject([[{ outcome: "interrupted", what: "not switched off" }], 0]);
  });

  it.each([
    [
      { outcome: "stayed", exitCode: 1, detail: "virsh ended with 1" },
      "failed",
      "ham0/web1 was not moved: virsh ended with 1",
    ],
    [{ outcome: "stayed", exitCode: 6, detail: "it is busy" }, "refused", "ham0/web1 was not moved: it is busy"],
    [{ outcome: "stayed", exitCode: 130, detail: null }, "interrupted", "ham0/web1 was not moved"],
    [
      { outcome: "unknown", exitCode: 5, detail: "ham1 is silent" },
      "unreachable",
      "ham0/web1 is in an unknown place: ham1 is silent",
    ],
    [{ outcome: "moved", exitCode: 1, detail: "it moved, but" }, "failed", "ham0/web1: it moved, but"],
  ])("leaves a node on for a guest of it that %j", (move, outcome, detail) => {
    const result = { ...move, from: "ham0", name: "web1", hint: null } as MoveResult;
    expect(stays(result)).toMatchObject({ outcome, what: "not switched off", detail });
  });

  it("is unknown where the user leaves while the node goes", async () => {
    const leaving = new AbortController();
    const after: FakeNode = () => {
      leaving.abort();
      return [idle];
    };
    const end = await off(await world({ after }), { signal: leaving.signal, timeout: 60 });
    expect(end).toMatchObject({ result: { outcome: "unknown" }, code: 5, told: 1 });
  });

  it("is unknown or unreachable by what was sent where the connection goes", async () => {
    const made = await world();
    const plan = await prepareOff(made.cluster, ["ham0"]);
    const node = made.cluster.node("ham0");
    const { ask } = node;
    const lost = (await fakeCluster({ ham0: () => lostNode })).node("ham0").ask;
    let asked = 0;
    const failing = (from: number) =>
      Object.assign(node, { ask: (query: Query<unknown>) => (++asked > from ? lost : ask)(query) });
    failing(0);
    expect((await applyOff(made.cluster, plan, { client })).results).toMatchObject([
      { outcome: "unreachable", detail: "lost: the wire was cut; nothing was done" },
    ]);
    asked = 0;
    failing(1);
    expect((await applyOff(made.cluster, plan, { client, timeout: 0.1 })).results).toMatchObject([
      { outcome: "deadline" },
    ]);
  });

  const silent = (reason: FailureReason): NodeSilence => ({
    ...{ state: "failed", detail: "x", hint: "ping ham0" },
    reason,
  });
  it.each<[string, NodeSilence, boolean, object]>([
    ["is off when it is told", offNode, false, { outcome: "unreachable", hint: "mclu status ham0" }],
    ["is slow to answer", silent("slow"), false, { outcome: "deadline" }],
    ["denies it", silent("denied"), false, { outcome: "unreachable", hint: "ping ham0" }],
    [
      "is lost as the user leaves",
      lostNode,
      true,
      { outcome: "unknown", detail: expect.stringMatching(/^interrupted as it was told/) },
    ],
  ])("says what is known of a node that %s", async (_what, silence, leaves, expected) => {
    const made = await world();
    const plan = await prepareOff(made.cluster, ["ham0"]);
    const leaving = new AbortController();
    const node = made.cluster.node("ham0");
    const { ask } = node;
    let asked = 0;
    // jobs are asked about before
    Object.assign(node, {
      ask: (query: Query<unknown>) => {
        if (++asked !== 2) return ask(query);
        if (leaves) leaving.abort();
        return Promise.reject(new NodeError(silence));
      },
    });
    const how = { client, timeout: 0.1, signal: leaving.signal };
    expect((await applyOff(made.cluster, plan, how)).results).toMatchObject([expected]);
  });

  it("tells nothing where the user leaves while its jobs are looked at", async () => {
    const made = await world();
    const plan = await prepareOff(made.cluster, ["ham0"]);
    const leaving = new AbortController();
    const lost = () => {
      leaving.abort();
      return Promise.reject(new NodeError(lostNode));
    };
    Object.assign(made.cluster.node("ham0"), { ask: lost });
    const { results } = await applyOff(made.cluster, plan, { client, signal: leaving.signal });
    expect([results, made.told()]).toMatchObject([[{ outcome: "interrupted", what: "not switched off" }], 0]);
  });

  it("leaves a node on whose guest was gone when it was to be stopped", async () => {
    const made = await world({ guests: [web1] });
    Object.assign(made.cluster.node("ham0"), { change: () => Promise.resolve({ kind: "gone" }) });
    const plan = await prepareOff(made.cluster, ["ham0"], { guests: "stop" });
    const { results } = await applyOff(made.cluster, plan, { client });
    expect([results, made.told()]).toMatchObject([
      [
        {
          what: "not switched off",
          detail: "ham0/web1 was not stopped: changed meanwhile: it is no longer there; nothing was done",
        },
      ],
      0,
    ]);
  });

  it("leaves a node on whose guest could not be stopped", async () => {
    const made = await world({ guests: [web1] });
    const change = () => Promise.resolve({ kind: "failed", done: 0, said: "no" });
    Object.assign(made.cluster.node("ham0"), { change });
    const steps: string[] = [];
    const plan = await prepareOff(made.cluster, ["ham0"], { guests: "stop" });
    const report = await applyOff(made.cluster, plan, { client, onStep: (_, what) => steps.push(what) });
    expect(report.results).toMatchObject([
      { outcome: "failed", what: "not switched off", detail: expect.stringContaining("ham0/web1 was not stopped: no") },
    ]);
    expect(report.guests).toMatchObject([{ name: "web1", outcome: "failed" }]);
    expect([steps, made.told()]).toEqual([["stopping 1 guest"], 0]);
  });
});
