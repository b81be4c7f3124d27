import { expect, it } from "vitest";
import type { Action } from "../../src/libvirt/change.ts";
import { change, isSamePlan, type Plan, planExitCode } from "../../src/operations/plan.ts";
import { planPower } from "../../src/operations/power.ts";
import { fakeCluster } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

type State = "running" | "paused";
const planned = async (verb: "reset" | "pause", ...states: readonly State[]) => {
  const guests = states.map((state, index) => ({ name: `web${index}`, uuid: testUuid(index), state }));
  return planPower(await fakeCluster({ ham0: () => guests }), verb, { guests: [], all: true });
};

it("two plans are the same where they do the same to the same guests", async () => {
  const plan = await planned("pause", "running", "paused");
  expect(isSamePlan(plan, await planned("pause", "running", "paused"))).toBe(true);
  expect(isSamePlan(plan, await planned("pause", "running", "running"))).toBe(false);
  expect(isSamePlan(plan, await planned("reset", "running", "paused"))).toBe(false);
  expect(planExitCode(plan)).toBe(0);
});

it("what is drawn anew for every plan makes no other of it, and other words do", () => {
  const planOf = (actions: readonly Action[], notes: readonly string[] = []): Plan => ({
    ...{ verb: "add", asks: true, nodes: [] },
    targets: [
      {
        ...{ node: "ham0", name: "web1", uuid: testUuid(1), state: "running" },
        ...{ ...change({ will: "add", done: "added" }, actions), notes },
      },
    ],
  });
  const image = (part: string, path = "/i/a") => planOf([{ make: { path, part, format: "raw", size: 1 } }]);
  expect(isSamePlan(image("/i/.a.1"), image("/i/.a.2"))).toBe(true);
  expect(isSamePlan(image("/i/.a.1"), image("/i/.a.1", "/i/b"))).toBe(false);
  const card = (mac: string, network = "default", verb = "attach-interface") =>
    planOf([{ virsh: [verb, testUuid(1), "network", network, "--mac", mac, "--model", "virtio"] }]);
  const [one, two] = ["52:54:00:00:00:01", "52:54:00:00:00:02"];
  expect(isSamePlan(card(one), card(two))).toBe(true);
  expect(isSamePlan(card(one), card(one, "other"))).toBe(false);
  expect(isSamePlan(card(one, "default", "detach-interface"), card(two, "default", "detach-interface"))).toBe(false);
  const revert: readonly Action[] = [{ virsh: ["snapshot-revert", "--snapshotname", "x"] }];
  expect(isSamePlan(planOf(revert, ["of Monday"]), planOf(revert, ["of Tuesday"]))).toBe(false);
});
