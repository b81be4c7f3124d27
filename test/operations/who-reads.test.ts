import { expect, it } from "vitest";
import type { ChangeAnswer } from "../../src/libvirt/change.ts";
import { applyTarget } from "../../src/operations/apply-target.ts";
import { type ChangeTarget, change } from "../../src/operations/plan.ts";
import { fakeCluster, lostNode } from "../support/fake-host.ts";
import { ended, fakeJobs, type JobAnswers, jobFacts } from "../support/fake-jobs.ts";

const id = "20261121T134500-aaaaaaaa";
const locked = 'Failed to get "write" lock\nIs another process using the image [/i/web1.qcow2]?';
const target: ChangeTarget = {
  ...change({ will: "start", done: "started" }, [{ virsh: ["start", "u"] }], ["running"]),
  ...{ node: "ham0", name: "web1", uuid: "u", state: "shut off" },
};
const running = ["started\t990", "live\tleader"];
const jobOf = (spec: object, facts: readonly string[] = running) =>
  jobFacts([id, `spec\t${JSON.stringify(spec)}`, ...facts]);

async function start(said: string, list: NonNullable<JobAnswers["list"]>) {
  const cluster = await fakeCluster({ ham0: () => [] }, "", { run: fakeJobs({ list }) });
  const node = cluster.node("ham0");
  const answer: ChangeAnswer = { kind: "failed", done: 0, said };
  Object.assign(node, { change: () => Promise.resolve(answer) });
  return applyTarget(node, target, { look: () => Promise.resolve("shut off") }, undefined);
}

it.each([
  [{ kind: "export", guest: "web1" }, "it is exported"],
  [{ kind: "clone", guest: "db", template: "web1" }, "the clone db is made of it"],
])("a guest that a job reads is not started, and the job is named: %j", async (spec, why) => {
  expect(await start(locked, jobOf(spec))).toMatchObject({
    ...{ outcome: "refused", what: "not started", hint: `mclu jobs follow ${id}` },
    detail: `${why}, and its disks are read (job ${id}); nothing was done`,
  });
});

it.each<[string, string, NonNullable<JobAnswers["list"]>]>([
  ["another guest's job", locked, jobOf({ kind: "clone", guest: "web1", template: "db" })],
  ["a job that is over", locked, jobOf({ kind: "export", guest: "web1" }, ended("done"))],
  ["no job that is known", locked, lostNode],
  ["another reason", "no such network", jobOf({ kind: "export", guest: "web1" })],
])("libvirt's own words remain where there is %s", async (_what, said, list) => {
  expect(await start(said, list)).toMatchObject({ outcome: "failed", detail: expect.stringContaining(said) });
});
