import { expect, it } from "vitest";
import { isSamePlan, planExitCode } from "../../src/operations/plan.ts";
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
