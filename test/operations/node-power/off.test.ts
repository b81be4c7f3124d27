import { describe, expect, it } from "vitest";
import type { Query } from "../../../src/libvirt/query.ts";
import { type FailureReason, NodeError, type NodeSilence } from "../../../src/node/failure.ts";
import { changeExitCode } from "../../../src/operations/change-report.ts";
import type { MoveResult } from "../../../src/operations/move/move-report.ts";
import { applyOff } from "../../../src/operations/node-power/apply-off.ts";
import { stays } from "../../../src/operations/node-power/clear-node.ts";
import { prepareOff } from "../../../src/operations/node-power/plan-off.ts";
import { type FakeNode, fakeCluster, lostNode, offNode } from "../../support/fake-host.ts";
import { idle, offWorld, web1 } from "./off-world.ts";

const client = "me@here";

describe("off", () => {
  const off = async (
    made: Awaited<ReturnType<typeof offWorld>>,
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
    const end = await off(await offWorld({ after }), { timeout: 60 });
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
    const end = await off(await offWorld({ says }));
    expect(end).toMatchObject({ result: { outcome, detail }, code, told: 1 });
  });

  it.each([
    [[idle], "it still answers after 0.1 s"],
    [lostNode, "it still answers (lost: the wire was cut) after 0.1 s"],
  ])("is a deadline while the node answers anything", async (state, detail) => {
    const end = await off(await offWorld({ after: () => state }));
    expect(end).toMatchObject({ result: { outcome: "deadline", detail }, code: 7 });
  });

  it("tells nothing where a job began after the plan, or the user has gone", async () => {
    expect(await off(await offWorld({ jobFrom: 1 }))).toMatchObject({ result: { outcome: "refused" }, told: 0 });
    const gone = { signal: AbortSignal.abort() };
    expect(await off(await offWorld(), gone)).toMatchObject({ result: { outcome: "interrupted" }, code: 130, told: 0 });
  });

  it("tells nothing where the user has gone while guests were moved", async () => {
    const made = await offWorld();
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
    const end = await off(await offWorld({ after }), { signal: leaving.signal, timeout: 60 });
    expect(end).toMatchObject({ result: { outcome: "unknown" }, code: 5, told: 1 });
  });

  it("is unknown or unreachable by what was sent where the connection goes", async () => {
    const made = await offWorld();
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
    const made = await offWorld();
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
    const made = await offWorld();
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
    const made = await offWorld({ guests: [web1] });
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
    const made = await offWorld({ guests: [web1] });
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
