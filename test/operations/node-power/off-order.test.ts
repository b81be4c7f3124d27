import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import type { PreparedMove } from "../../../src/operations/move/prepare-move.ts";
import { applyOff } from "../../../src/operations/node-power/apply-off.ts";
import { nodeEnd } from "../../../src/operations/node-power/node-result.ts";
import type { OffTarget } from "../../../src/operations/node-power/off-plan.ts";
import { refuseJobs, refuseStuck } from "../../../src/operations/node-power/off-refusals.ts";
import { prepareOff } from "../../../src/operations/node-power/plan-off.ts";
import { commandsOfOff } from "../../../src/operations/node-power/show-off.ts";
import { withHome } from "../../../src/operations/node-power/way-home.ts";
import { type FakeGuest, fakeCluster, offNode } from "../../support/fake-host.ts";
import { testUuid } from "../../support/test-driver.ts";

const client = "me@here";

/** Nodes that go when they are told, but for those that say something else; in which order they were told. */
async function world(
  says: Readonly<Record<string, string>> = {},
  guests: readonly FakeGuest[] = [],
  settings: object = {},
) {
  const told: string[] = [];
  const run = (argv: readonly string[], node: string) => {
    if (!argv.includes("mclu-off")) return "now\t1000\n";
    told.push(node);
    return says[node] ?? "accepted";
  };
  const state = (name: string) => () => (told.includes(name) && says[name] === undefined ? offNode : guests);
  const cluster = await fakeCluster({ ham0: state("ham0"), ham1: state("ham1") }, "", { run });
  for (const node of cluster.nodes)
    Object.assign(node, { settings: { ...node.settings, transport: "auto", ...settings } });
  return { cluster, told };
}

const change = (node: string, ...after: readonly string[]): OffTarget => ({
  ...{ node, verdict: "change", moves: [], stops: [], after },
});

describe("nodes go off", () => {
  it("behind their jump host first, whether or not the journal can be written", async () => {
    const { cluster, told } = await world();
    mkdirSync(dirname(cluster.directories.state), { recursive: true });
    writeFileSync(cluster.directories.state, "no directory");
    const plan = { targets: [change("ham0", "ham1"), change("ham1")] };
    const report = await applyOff(cluster, { plan, drains: new Map() }, { client, timeout: 60 });
    expect(told).toEqual(["ham1", "ham0"]);
    expect(report.results).toMatchObject([
      { node: "ham0", outcome: "done" },
      { node: "ham1", outcome: "done" },
    ]);
    expect(report.warnings).toEqual([expect.stringContaining("the journal was not written")]);
  });

  it("in no order where they lead to each other", async () => {
    const { cluster, told } = await world();
    const plan = { targets: [change("ham0", "ham1"), change("ham1", "ham0")] };
    await applyOff(cluster, { plan, drains: new Map() }, { client, timeout: 60 });
    expect(told.toSorted()).toEqual(["ham0", "ham1"]);
  });

  it("but for a jump host whose node stays on, or that somebody interrupted", async () => {
    const { cluster, told } = await world({ ham1: "blind" });
    const plan = { targets: [change("ham0", "ham1"), change("ham1")] };
    const { results } = await applyOff(cluster, { plan, drains: new Map() }, { client, timeout: 0.1 });
    expect(results).toMatchObject([
      {
        node: "ham0",
        outcome: "refused",
        detail: "ham1 is reached through it, and stays on",
        hint: "mclu status ham1",
      },
      { node: "ham1", outcome: "refused" },
    ]);
    expect(told).toEqual(["ham1"]);
    const gone = await world();
    const how = { client, signal: AbortSignal.abort() };
    const ends = (await applyOff(gone.cluster, { plan, drains: new Map() }, how)).results;
    expect(ends.map(({ outcome }) => outcome)).toEqual(["interrupted", "interrupted"]);
    expect(gone.told).toEqual([]);
  });

  it("but not where guests do not stop, of which one says why", async () => {
    const guests = [1, 2].map((at): FakeGuest => ({ name: `web${at}`, uuid: testUuid(at) }));
    const { cluster, told } = await world({}, guests);
    const prepared = await prepareOff(cluster, ["ham0"], { guests: "stop" });
    const steps: string[] = [];
    const leaving = new AbortController();
    const onStep = (_: string, what: string) => {
      steps.push(what);
      leaving.abort();
    };
    const { results } = await applyOff(cluster, prepared, { client, onStep, signal: leaving.signal });
    expect(steps).toEqual(["stopping 2 guests"]);
    expect(results).toMatchObject([{ what: "not switched off", detail: expect.stringMatching(/^ham0\/web1 was /) }]);
    expect(told).toEqual([]);
  });
});

describe("the plan of nodes that go off", () => {
  it("leaves a jump host on where a node behind it stays on", async () => {
    const { cluster } = await world();
    const locate = async ({ name }: { name: string }) => ({
      ...{ hostname: name, port: 22, direct: name === "ham0" },
      jumps: name === "ham0" ? [] : [{ hostname: "ham0", port: 22 }],
    });
    Object.assign(cluster, { locate });
    const both = await prepareOff(cluster, ["ham0", "ham1"]);
    expect(both.plan.targets).toMatchObject([{ node: "ham0", after: ["ham1"] }, { after: [] }]);
    const busy = await fakeCluster({ ham1: () => [{ name: "web1", uuid: testUuid(1) }] }, "", {
      run: () => "now\t1\n",
    });
    Object.assign(cluster.node("ham1"), { ask: busy.node("ham1").ask });
    expect((await prepareOff(cluster, ["ham0", "ham1"])).plan.targets).toMatchObject([
      { node: "ham0", verdict: "refused", why: "ham1 is reached through it, and stays on" },
      { node: "ham1", verdict: "refused", why: "a guest runs there: web1" },
    ]);
  });

  it("shows what runs, as root where the login is none", async () => {
    const guests = [{ name: "web1", uuid: testUuid(1) }];
    const commands = async (settings: object) => {
      const { cluster } = await world({}, guests, settings);
      return commandsOfOff(cluster, await prepareOff(cluster, ["ham0"], { guests: "stop" })).map(
        ({ command }) => command,
      );
    };
    const plain = await commands({});
    expect(plain[0]).toContain("domname");
    expect(plain.slice(-2)).toEqual([
      "virsh -q -c qemu:///system -r list --name   # goes on where no guest runs",
      "systemctl poweroff   # poweroff, where systemd does not run",
    ]);
    const sudo = await commands({ become: "sudo" });
    expect(sudo.every((command) => command.startsWith("sudo -n "))).toBe(true);
  });

  it("says which jobs and which guests keep nodes on", () => {
    const job = (id: string) => ({ id, kind: "build", guest: null }) as Parameters<typeof refuseJobs>[0][number];
    expect(refuseJobs([job("a"), job("b")])?.why).toBe("2 jobs run there: a (build), b (build)");
    const stuck = { node: "ham1", name: "db", uuid: "u", to: null, why: "no room", hint: null };
    expect(refuseStuck("ham1", [stuck])).toMatchObject({
      why: "ham1/db can go nowhere: no room",
      hint: "mclu drain --dry-run ham1",
    });
    expect(refuseStuck("ham0", [stuck]).why).toBe(
      "ham1/db can go nowhere, and none of these nodes is switched off then",
    );
  });
});

describe("the way home", () => {
  const done = nodeEnd("done", "switched off");
  const move = (home: string | undefined, size: number) => ({ home, plan: { size } }) as PreparedMove;
  it.each([
    [[move(undefined, 0)], "its guest runs elsewhere now", "once it is on again: mclu undrain ham0"],
    [
      [move("ham0", 0), move("ham9", 5)],
      "its 2 guests run elsewhere now; the disks that were copied stay there until mclu gc ham0",
      "once it is on again: mclu undrain ham0",
    ],
    [[move("ham9", 0)], "its guest runs elsewhere now", null],
  ])("is said of guests that were moved away", (moves, detail, hint) => {
    expect(withHome("ham0", { moves }, done)).toMatchObject({ outcome: "done", detail, hint });
  });

  it("is not said where none was, nor of a node that stays on", () => {
    const stays = nodeEnd("refused", "not switched off");
    expect([withHome("ham0", undefined, done), withHome("ham0", { moves: [] }, stays)]).toEqual([done, stays]);
  });
});
