import { describe, expect, it } from "vitest";
import type { JobDetails } from "../../../src/node/jobs/job-record.ts";
import type { MovePlan } from "../../../src/operations/move/move-plan.ts";
import { conclude, moveExitCode } from "../../../src/operations/move/move-report.ts";
import { type Presence, verdictOf } from "../../../src/operations/move/whereabouts.ts";

const plan: MovePlan = {
  guest: { node: "ham0", name: "web1", uuid: "5f0c", state: "running" },
  node: "ham1",
  how: "live",
  disks: [{ target: "vda", path: "/images/web1.qcow2", format: "qcow2", size: 1, way: "copied", pool: "default" }],
  nvram: null,
  tpm: null,
  size: 1,
  control: "qemu+ssh://ham1/system?no_tty=1",
  data: "10.0.0.1",
  notes: [],
  nodes: [],
};
const job = (state: JobDetails["state"], more: Partial<JobDetails> = {}): JobDetails => ({
  ...{ id: "id", kind: "migrate", guest: "web1", template: "ham1", client: null, state, started: 1, ended: 2 },
  ...{ elapsed: 1, stage: null, exitCode: 0, reason: null, committed: true, rolledBack: true, idle: 0 },
  ...{ orphaned: false, directory: "/jobs/id", size: 0, manifest: [], outcome: [] },
  ...more,
});
const absent: Presence = { kind: "absent" };
const silent: Presence = { kind: "unknown" };
const running: Presence = { kind: "there", state: "running" };
const paused: Presence = { kind: "there", state: "paused" };

describe("verdictOf", () => {
  it.each([
    [running, absent, "stayed"],
    [absent, running, "moved"],
    [running, running, "both"],
    [absent, absent, "neither"],
    [running, silent, "stayed"],
    [paused, silent, "unknown"],
    [silent, running, "unknown"],
    [absent, silent, "unknown"],
  ] as const)("%o %o: %s", (source, target, verdict) => {
    expect(verdictOf({ source, target })).toBe(verdict);
  });
});

describe("conclude", () => {
  it("names the files that the source keeps, and what removes them", () => {
    expect(conclude(plan, "id", job("done"), { source: absent, target: running })).toMatchObject({
      ...{ outcome: "moved", node: "ham1", state: "running", detail: null, hint: "mclu gc ham0", exitCode: 0 },
      kept: ["/images/.web1.qcow2.migrated-id"],
    });
  });

  it("says that something may be left on a target that answers, where the job was not undone to its end", () => {
    const failed = job("failed", { rolledBack: false, reason: { word: "migrate", text: "it broke" } });
    expect(conclude(plan, "id", failed, { source: running, target: absent })).toMatchObject({
      ...{ outcome: "stayed", detail: "it broke; something of it may be left on ham1" },
      hint: "mclu migrate --cleanup ham0/web1 ham1",
    });
  });

  it("names the UEFI variables among them, unless both nodes see that file", () => {
    const kept = (way: "copied" | "shared") =>
      conclude({ ...plan, disks: [], nvram: { path: "/nvram/web1", way } }, "id", job("done"), {
        source: absent,
        target: running,
      });
    expect(kept("copied")).toMatchObject({ kept: ["/nvram/.web1.migrated-id"], hint: "mclu gc ham0" });
    expect(kept("shared")).toMatchObject({ kept: [], hint: null });
  });

  it("says why nobody heard of the job, where that is known", () => {
    const seen = { source: running, target: absent };
    expect(conclude(plan, "id", "lost: the wire was cut", seen)).toMatchObject({
      ...{ outcome: "stayed", node: "ham0", exitCode: 1 },
      detail: "lost: the wire was cut; ham0 does not say what became of the job id",
    });
  });

  it("believes libvirt and not the job: a guest that moved has moved", () => {
    const seen = { source: absent, target: running };
    expect(conclude(plan, "id", job("dead"), seen)).toMatchObject({ outcome: "moved", kept: [], exitCode: 1 });
    expect(conclude(plan, "id", job("cancelled"), seen)).toMatchObject({ outcome: "moved", exitCode: 130 });
    expect(conclude(plan, "id", job("done"), { source: running, target: absent })).toMatchObject({ outcome: "stayed" });
  });

  it("has the exit code of the reason why it stayed, and says what is still to be done", () => {
    const seen = { source: running, target: absent };
    const refused = job("failed", { reason: { word: "exists", text: "there is one" } });
    expect(conclude(plan, "id", refused, seen)).toMatchObject({ exitCode: 6, detail: "there is one" });
    expect(conclude(plan, "id", job("cancelled"), seen)).toMatchObject({ exitCode: 130, hint: null });
    const full = job("failed", { reason: { word: "full", text: "pool default of ham1 is full" } });
    expect(conclude(plan, "id", full, seen)).toMatchObject({
      ...{ exitCode: 1, detail: "pool default of ham1 is full" },
      hint: "mclu gc ham1, or make room: mclu status --wide ham1",
    });
    const off = { source: running, target: silent };
    const open = conclude(plan, "id", job("failed", { rolledBack: false }), off);
    expect(open.hint).toBe("once ham1 answers: mclu migrate --cleanup ham0/web1 ham1");
    // one that was undone has nothing to be cleaned up, and --cleanup would refuse it
    expect(conclude(plan, "id", full, off)).toMatchObject({
      ...{ detail: "pool default of ham1 is full", hint: expect.not.stringContaining("--cleanup") },
    });
    const nowhere = conclude(plan, "id", full, { source: silent, target: silent });
    expect(nowhere).toMatchObject({ exitCode: 5, hint: "once both answer: mclu list web1" });
  });

  it("says at which stage its job failed, as far as that is known", () => {
    const why = (more: Partial<JobDetails>) =>
      conclude(plan, "id", job("failed", more), { source: running, target: absent }).detail;
    expect(why({ stage: { name: "fill", started: 1 }, exitCode: 3 })).toContain("at the stage fill, with exit code 3");
    expect(why({ exitCode: null })).toContain("at the stage (none), with exit code unknown");
  });

  it("says that nobody knows where a node is silent, and that two have it", () => {
    const lost = conclude(plan, "id", undefined, { source: silent, target: running });
    expect(lost).toMatchObject({ outcome: "unknown", node: null, exitCode: 5 });
    const both = conclude(plan, "id", job("dead", { rolledBack: false }), { source: paused, target: running });
    expect(both).toMatchObject({ outcome: "unknown", exitCode: 1, hint: "mclu migrate --cleanup ham0/web1 ham1" });
    expect(both.detail).toContain("ham0 and ham1 both have it");
  });
});

it("moveExitCode is 3 where some moved", () => {
  const moved = conclude(plan, "id", job("done"), { source: absent, target: running });
  const stayed = conclude(plan, "id", job("failed"), { source: running, target: absent });
  const code = (...results: (typeof moved)[]) => moveExitCode({ results, warnings: [] });
  expect([code(moved), code(stayed), code(moved, stayed), code()]).toEqual([0, 1, 3, 0]);
});
