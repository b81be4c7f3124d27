import { describe, expect, it, vi } from "vitest";
import type { TestCase } from "vitest/node";
import SecondTry from "../../scripts/second-try.mjs";
import { count } from "../../scripts/vitest.mjs";

const file = (status: string, ...tests: string[]) => ({
  name: "some.test.ts",
  status,
  assertionResults: tests.map((status) => ({ status, fullName: "some test" })),
});

describe("count", () => {
  it("counts tests", () => {
    const testResults = [file("passed", "passed", "passed"), file("failed", "passed", "failed")];
    expect(count({ testResults })).toEqual({ passed: 3, failed: 1 });
  });

  it("counts a test that was skipped as failed, and names it", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const skipped = file("passed", "passed", "skipped", "pending", "todo");
    expect(count({ testResults: [skipped] })).toEqual({ passed: 1, failed: 3 });
    expect(log).toHaveBeenCalledWith(expect.stringContaining("some test"));
    log.mockRestore();
  });

  it("counts a file that could not be loaded, or whose hooks failed, as one failure", () => {
    expect(count({ testResults: [file("failed"), file("failed", "passed")] })).toEqual({ passed: 1, failed: 2 });
  });
});

describe("what passed at the second try", () => {
  it("is named at the end, and nothing else", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const result = (fullName: string, ok: boolean, retryCount: number) =>
      ({ fullName, ok: () => ok, diagnostic: () => ({ retryCount }) }) as unknown as TestCase;
    const reporter = new SecondTry();
    for (const test of [result("a", true, 0), result("b", true, 1), result("c", false, 1)])
      reporter.onTestCaseResult(test);
    reporter.onTestRunEnd();
    expect(log.mock.calls).toEqual([["passed at the second try: b"]]);
    log.mockRestore();
  });
});
