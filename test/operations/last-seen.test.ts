import { join } from "node:path";
import { expect, it } from "vitest";
import { openCluster } from "../../src/cluster/open.ts";
import type { CurrentState } from "../../src/libvirt/change.ts";
import type { ChangeOutcome } from "../../src/operations/change-report.ts";
import { findGuests } from "../../src/operations/find-guest.ts";
import { recallGuests, rememberChanges, rememberNodes } from "../../src/operations/last-seen.ts";
import { type ChangeTarget, change } from "../../src/operations/plan.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { homeWith } from "../support/home-with.ts";
import { testUuid } from "../support/test-driver.ts";

const uuid = testUuid(1);

it.each<["running" | "shut off", readonly CurrentState[], ChangeOutcome, boolean | undefined]>([
  ["shut off", ["running"], "unknown", true],
  ["running", ["shut off"], "unknown", true],
  ["shut off", ["shut off"], "unknown", false],
  ["shut off", ["running"], "failed", false],
  ["shut off", ["running"], "done", true],
  ["running", ["shut off", "gone"], "done", false],
  ["running", ["gone"], "done", undefined],
  ["running", [], "done", true],
])(
  "remembers of a guest that was %s, after a change to %j that was %s, whether it runs: %s",
  async (state, goal, outcome, expected) => {
    const cluster = await fakeCluster({ ham0: () => [{ name: "web1", uuid, state }], ham1: () => [] });
    await findGuests(cluster, "all");
    const target: ChangeTarget = {
      ...change({ will: "", done: "" }, [], goal),
      ...{ node: "ham0", name: "web1", uuid, state },
    };
    rememberChanges(cluster, [{ target, outcome }]);
    const [seen] = recallGuests(cluster).flatMap(({ guests }) => guests);
    expect(seen?.active).toBe(expected);
  },
);

it.each<["running" | "paused", readonly CurrentState[], ChangeOutcome, boolean | undefined]>([
  ["running", ["paused"], "done", true],
  ["running", ["paused"], "failed", undefined],
  ["paused", ["running", "idle"], "done", undefined],
  ["paused", ["running", "idle"], "failed", true],
  ["paused", ["shut off"], "done", undefined],
  ["paused", [], "done", true],
])("remembers of a guest that was %s, after a change to %j that was %s, whether it is paused: %s", async (...row) => {
  const [state, goal, outcome, expected] = row;
  const cluster = await fakeCluster({ ham0: () => [{ name: "web1", uuid, state }] });
  await findGuests(cluster, "all");
  const target = { ...change({ will: "", done: "" }, [], goal), ...{ node: "ham0", name: "web1", uuid, state } };
  rememberChanges(cluster, [{ target, outcome }]);
  expect(recallGuests(cluster).flatMap(({ guests }) => guests)).toEqual([
    { uuid, name: "web1", active: !goal.includes("shut off"), ...(expected && { paused: true }) },
  ]);
});

it("tells clusters apart whose configurations are called alike in different directories, and knows one by each of its names", async () => {
  const text = "[nodes]\nham0 =\n";
  const home = await homeWith({ "a/mclu.conf": text, "b/mclu.conf": text });
  const open = (cwd: string, file: string) => openCluster({ file, cwd: join(home, cwd), env: { HOME: home } });
  const seen = { node: "ham0", at: 1, guests: [{ uuid, name: "web1", active: true }] };
  rememberNodes(await open("a", "mclu.conf"), [seen]);
  expect(recallGuests(await open("b", "mclu.conf"))).toEqual([]);
  expect(recallGuests(await open("b", "../a/mclu.conf"))).toEqual([seen]);
  expect(recallGuests(await open("", join(home, "a/mclu.conf")))).toEqual([seen]);
});
