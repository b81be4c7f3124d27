import { describe, expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { NodeError } from "../../src/node/failure.ts";
import type { JobDetails } from "../../src/node/jobs/job-record.ts";
import type { BuildTarget } from "../../src/operations/build-plan.ts";
import { resultOfError, resultOfJob, resultOfLostCancel } from "../../src/operations/guest-result.ts";
import { lostNode, offNode } from "../support/fake-host.ts";
import { job } from "../support/jobs.ts";

const target = { node: "ham0", name: "web1" } as BuildTarget;
const resultOf = (different: Partial<JobDetails>) => resultOfJob(target, "built", "u", "id", job(different));

describe("resultOfJob", () => {
  it.each<[string, Partial<JobDetails>, object]>([
    ["done", { state: "done" }, { outcome: "built", uuid: "u", exitCode: 0, detail: null }],
    [
      "failed behind the commit point",
      { state: "failed", committed: true, reason: { word: "start", text: "it did not start" } },
      { outcome: "built", uuid: "u", exitCode: 1, detail: "the guest is there, but it did not start" },
    ],
    ["cancelled behind it", { state: "cancelled", committed: true }, { outcome: "built", exitCode: 130 }],
    ["cancelled", { state: "cancelled" }, { outcome: "cancelled", uuid: null, detail: "cancelled; nothing is left" }],
    [
      "cancelled, with a file that was kept",
      { state: "cancelled", outcome: [{ path: "/i/a", removed: false, why: "changed" }] },
      { detail: "cancelled; kept: /i/a (changed)", exitCode: 130 },
    ],
    [
      "dead",
      { state: "dead" },
      { outcome: "failed", hint: "mclu gc", detail: expect.stringContaining("without a word") },
    ],
    [
      "failed since the name is taken",
      { state: "failed", reason: { word: "exists", text: "there is one" } },
      { outcome: "refused", exitCode: 6, detail: "there is one", hint: expect.stringMatching(/^mclu jobs show \d/) },
    ],
    [
      "failed since its source is another one by now",
      { state: "failed", reason: { word: "changed", text: "the source is called web2 by now" } },
      { outcome: "refused", exitCode: 6, detail: "the source is called web2 by now" },
    ],
    [
      "failed since a disk is full",
      { state: "failed", reason: { word: "no-space", text: "less than 4096 KiB free in /i" } },
      {
        outcome: "failed",
        exitCode: 1,
        detail: "less than 4096 KiB free in /i",
        hint: "mclu exec ham0 -- df -h, then type it again",
      },
    ],
    [
      "failed, which nobody explained",
      { state: "failed", stage: { name: "build", started: 1 }, exitCode: 2 },
      { outcome: "failed", exitCode: 1, detail: "it failed at the stage build, with exit code 2" },
    ],
    [
      "failed before it began",
      { state: "failed" },
      { detail: "it failed at the stage (none), with exit code unknown" },
    ],
  ])("of a job that is %s", (_what, different, expected) => {
    expect(resultOf(different)).toMatchObject({ node: "ham0", name: "web1", job: "id", ...expected });
  });

  it("repeats what was said last where nobody explained a failure", () => {
    const failed = { state: "failed", stage: { name: "build", started: 1 }, exitCode: 1 } as const;
    expect(resultOfJob(target, "built", "u", "id", job(failed), "no room").detail).toBe(
      "it failed at the stage build, with exit code 1: no room",
    );
  });

  it("knows nothing of a job that is gone or still runs", () => {
    const result = resultOfJob(target, "built", "u", "id", undefined);
    expect(result).toMatchObject({ outcome: "unknown", hint: "mclu jobs follow id" });
  });
});

describe("resultOfError", () => {
  it.each<[string, unknown, object]>([
    ["a refusal", new UserError("taken", { hint: "another", exitCode: 6 }), { outcome: "refused", hint: "another" }],
    ["another failure", new UserError("bad", { exitCode: 2 }), { outcome: "failed", hint: null, exitCode: 2 }],
    [
      "a node that is off",
      new NodeError(offNode),
      { outcome: "unknown", detail: expect.stringContaining("ham0 is off: ") },
    ],
    ["a lost node", new NodeError(lostNode), { exitCode: 5, detail: expect.stringContaining("ham0 failed: lost: ") }],
  ])("of %s", (_what, error, expected) => {
    expect(resultOfError(target, error, undefined)).toMatchObject({ job: null, uuid: null, ...expected });
  });

  it("is an interruption where there was one, whatever the error", () => {
    const result = resultOfError(target, new Error("x"), AbortSignal.abort());
    expect(result).toMatchObject({ outcome: "cancelled", exitCode: 130 });
  });

  it("passes a bug on", () => {
    expect(() => resultOfError(target, new TypeError("a bug"), undefined)).toThrow("a bug");
  });
});

it("resultOfLostCancel says how to end the job once its node answers", () => {
  const result = resultOfLostCancel(target, "id", new NodeError(lostNode));
  expect(result).toMatchObject({
    outcome: "unknown",
    exitCode: 130,
    hint: expect.stringContaining("mclu jobs cancel id"),
  });
});
