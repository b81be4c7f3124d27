import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { describe, expect, it, vi } from "vitest";
import type { TestCase } from "vitest/node";
import BesideTheCounts from "../../scripts/beside-the-counts.mjs";
import { count } from "../../scripts/vitest.mjs";

const file = (status: string, ...tests: string[]) => ({
  name: resolve("test/some.test.ts"),
  status,
  assertionResults: tests.map((status) => ({ status, fullName: "some test" })),
});

describe("count", () => {
  it("counts tests, and names those that failed", () => {
    const testResults = [file("passed", "passed", "passed"), file("failed", "passed", "failed")];
    expect(count({ testResults })).toEqual({ passed: 3, failed: 1, failures: ["test/some.test.ts: some test"] });
  });

  it("says why below a name: each try's words, and where in the test", () => {
    const said = "\u001b[31mAssertionError: expected 1 to be 2\u001b[39m\n\n- 2\n+ 1";
    const stack =
      "    at Object.<anonymous> (/x/node_modules/y.js:1:2)\n    at /x/test/some.test.ts:3:4\n    at z (/x.js:1:1)";
    const failed = { status: "failed", fullName: "some test", failureMessages: [`${said}\n${stack}`, "Error: late"] };
    const { failures } = count({
      testResults: [
        { ...file("failed"), assertionResults: [failed] },
        { ...file("failed"), message: `fleet up 1: exit 1\n${"x".repeat(5000)}` },
      ],
    });
    expect(failures).toEqual([
      "test/some.test.ts: some test\n    AssertionError: expected 1 to be 2\n    \n    - 2\n    + 1\n    at /x/test/some.test.ts:3:4\n    Error: late",
      `test/some.test.ts: it could not be loaded, or what is around its tests failed\n    fleet up 1: exit 1\n    ${"x".repeat(400)}`,
    ]);
  });

  it("counts a test that was skipped as failed", () => {
    const { passed, failed, failures } = count({
      testResults: [file("passed", "passed", "skipped", "pending", "todo")],
    });
    expect({ passed, failed }).toEqual({ passed: 1, failed: 3 });
    expect(failures[0]).toBe("test/some.test.ts: some test (skipped: it did not run)");
  });

  it("counts a file that could not be loaded, or whose hooks failed, as one failure", () => {
    const { passed, failed, failures } = count({ testResults: [file("failed"), file("failed", "passed")] });
    expect({ passed, failed }).toEqual({ passed: 1, failed: 2 });
    expect(failures[1]).toMatch(/^test\/some\.test\.ts: .*could not be loaded/);
  });
});

describe("what passed at the second try", () => {
  it("is named at the end, and nothing else", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const result = (fullName: string, ok: boolean, retryCount: number) =>
      ({ fullName, ok: () => ok, diagnostic: () => ({ retryCount }) }) as unknown as TestCase;
    const reporter = new BesideTheCounts();
    for (const test of [result("a", true, 0), result("b", true, 1), result("c", false, 1)])
      reporter.onTestCaseResult(test);
    reporter.onTestRunEnd([], []);
    expect(log.mock.calls).toEqual([["passed at the second try: b"]]);
    log.mockRestore();
  });
});

describe("errors outside all tests", () => {
  it("are kept for the summary, with where they came from", () => {
    const file = join(mkdtempSync(join(tmpdir(), "mclu-errors-")), "errors.json");
    vi.stubEnv("MCLU_TEST_ERRORS", file);
    new BesideTheCounts().onTestRunEnd(
      [],
      [{ message: "EPIPE", stack: "Error: EPIPE\n    at x.ts:1" }, { message: "odd" }],
    );
    vi.unstubAllEnvs();
    expect(JSON.parse(readFileSync(file, "utf8"))).toEqual(["Error: EPIPE\n    at x.ts:1", "odd"]);
    rmSync(dirname(file), { recursive: true });
  });
});
