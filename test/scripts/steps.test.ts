import { afterEach, beforeEach, describe, expect, it, type MockInstance, vi } from "vitest";
import { Steps } from "../../scripts/steps.mjs";

describe("Steps", () => {
  let log: MockInstance<typeof console.log>;
  beforeEach(() => {
    log = vi.spyOn(console, "log").mockImplementation(() => undefined);
  });
  afterEach(() => log.mockRestore());
  const lastLine = () => log.mock.lastCall?.[0];

  it("counts a step as one check and tests one by one, and ends in the line of the counts", async () => {
    const steps = new Steps();
    expect(await steps.step("lint", async () => true)).toBe(true);
    expect(await steps.step("tests", async () => ({ passed: 40, failed: 0 }))).toBe(true);
    expect(steps.conclude()).toBe(0);
    expect(lastLine()).toBe("41 passed, 0 failed");
  });

  it("fails when anything failed", async () => {
    const steps = new Steps();
    expect(await steps.step("types", async () => false)).toBe(false);
    await steps.step("tests", async () => ({ passed: 40, failed: 2, failures: ["a.test.ts: one", "b.test.ts: two"] }));
    expect(steps.conclude()).toBe(1);
    expect(log).toHaveBeenCalledWith("failed: tests: b.test.ts: two");
    expect(lastLine()).toBe("40 passed, 3 failed");
  });

  it("fails when nothing was done", () => {
    const steps = new Steps();
    steps.leaveOut("real cluster", "this is no Linux");
    expect(steps.conclude()).toBe(1);
    expect(log).toHaveBeenCalledWith("left out: real cluster: this is no Linux");
    expect(lastLine()).toBe("0 passed, 0 failed");
  });
});
