import { describe, expect, it } from "vitest";
import { applyOff } from "../../../src/operations/node-power/apply-off.ts";
import { offPlanExitCode, offTargets } from "../../../src/operations/node-power/off-plan.ts";
import { prepareOff } from "../../../src/operations/node-power/plan-off.ts";
import { type FakeGuest, fakeCluster, lostNode, offNode } from "../../support/fake-host.ts";
import { testUuid } from "../../support/test-driver.ts";
import { idle, offWorld, web1 } from "./off-world.ts";

describe("the plan of off", () => {
  it("leaves a node on where guests run, and names them", async () => {
    const paused: FakeGuest = { name: "db", uuid: testUuid(3), state: "paused" };
    const { cluster } = await offWorld({ guests: [web1, idle, paused] });
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
    const { cluster } = await offWorld({ guests: [{ ...web1, state: null }] });
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
    const { cluster } = await offWorld({ jobFrom: 0 });
    const { plan } = await prepareOff(cluster, ["ham0"], { guests: "stop" });
    expect(plan.targets).toMatchObject([
      { verdict: "refused", why: "a job runs there: 20261121T120000-abcdef12 (build web2)" },
    ]);
  });

  it.each([
    [offNode, "it does not answer (no route to host): as far as can be seen from here it is off already"],
    [lostNode, "failed: lost: the wire was cut"],
  ])("calls a node unreachable that is %j", async (silence, why) => {
    const { cluster } = await offWorld({ guests: [] });
    Object.assign(cluster.node("ham0"), { ask: (await fakeCluster({ ham0: () => silence })).node("ham0").ask });
    const prepared = await prepareOff(cluster, ["ham0"]);
    const { plan } = prepared;
    expect(plan.targets).toMatchObject([{ verdict: "unreachable", why }]);
    expect(offPlanExitCode(plan)).toBe(5);
    expect((await applyOff(cluster, prepared, { client: "me@here" })).results).toMatchObject([
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
