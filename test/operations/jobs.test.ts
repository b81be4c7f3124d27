import { describe, expect, it } from "vitest";
import { currentAccount } from "../../src/account.ts";
import type { Cluster } from "../../src/cluster/cluster.ts";
import type { FollowEvent } from "../../src/node/jobs/follow.ts";
import { cancelExitCode, cancelJob } from "../../src/operations/job-cancel.ts";
import { followExitCode, followJob } from "../../src/operations/job-follow.ts";
import { showJob } from "../../src/operations/job-show.ts";
import { findJob, jobs } from "../../src/operations/jobs.ts";
import { readKnownJobs } from "../../src/state/known-jobs.ts";
import { fakeCluster, lostNode, offNode } from "../support/fake-host.ts";
import { ended, fakeJobs, type JobAnswers, jobFacts, printing, runs } from "../support/fake-jobs.ts";
import { job } from "../support/jobs.ts";

const [first, second, third] = ["20261121T134500-aaaaaaaa", "20261121T134501-bbbbbbbb", "20261122T000000-cccccccc"];
const denied = { ...lostNode, reason: "denied" } as const;

/** ham0 has the second job and the third, ham1 the first; ham2 does not answer. */
const listed: JobAnswers = {
  list: (node) =>
    node === "ham0"
      ? jobFacts([third, "started\t990", "live\tleader"], [second, ...ended("done")])
      : node === "ham1"
        ? jobFacts([first, ...ended("failed", 3)])
        : lostNode,
};

const clusterOf = (answers: JobAnswers = {}) =>
  fakeCluster({ ham0: () => [], ham1: () => [], ham2: () => [] }, "", { run: fakeJobs({ ...listed, ...answers }) });

const knownOf = (cluster: Cluster) =>
  readKnownJobs(cluster.directories.cache, cluster.config.source ?? "", currentAccount().uid);

describe("the jobs of a cluster", () => {
  it("are in the order of their beginning, with each node's answer", async () => {
    const cluster = await clusterOf();
    const report = await jobs(cluster);
    expect(report.jobs.map(({ node, id, state }) => [node, id, state])).toEqual([
      ["ham1", first, "failed"],
      ["ham0", second, "done"],
      ["ham0", third, "running"],
    ]);
    expect(report.nodes).toEqual([
      { node: "ham0", state: "on" },
      { node: "ham1", state: "on" },
      { node: "ham2", ...lostNode },
    ]);
    expect(knownOf(cluster)).toEqual([
      { id: first, live: false },
      { id: second, live: false },
      { id: third, live: true },
    ]);
  });

  it("are found by the beginning of an ID that no other has", async () => {
    const cluster = await clusterOf();
    expect(await findJob(cluster, "20261122")).toMatchObject({ node: { name: "ham0" }, id: third });
    await expect(findJob(cluster, "20261121")).rejects.toMatchObject({
      ...{ message: "2 jobs begin with 20261121", exitCode: 4, hint: `${first} on ham1\n${second} on ham0` },
    });
    for (const prefix of ["", "2027"])
      await expect(findJob(cluster, prefix)).rejects.toMatchObject({
        ...{ message: `no job ${prefix}; not asked: ham2`, exitCode: 4, hint: "mclu jobs" },
      });
    await expect(findJob(cluster, "2027", { nodes: ["ham0"] })).rejects.toMatchObject({ message: "no job 2027" });
  });

  it("are told apart by their nodes where two have one ID", async () => {
    const cluster = await clusterOf({
      list: (node) => (node === "ham2" ? lostNode : jobFacts([first, ...ended("done")])),
    });
    await expect(findJob(cluster, first)).rejects.toMatchObject({
      ...{ exitCode: 4, hint: `--node ham0 ${first}\n--node ham1 ${first}` },
    });
    expect(await findJob(cluster, first, { nodes: ["ham1"] })).toMatchObject({ node: { name: "ham1" }, id: first });
  });

  it("are not said to be none where no node answers", async () => {
    await expect(findJob(await clusterOf({ list: offNode }), "2026")).rejects.toMatchObject({
      ...{ message: "no job 2026; not asked: ham0 ham1 ham2", exitCode: 5 },
    });
  });
});

/** An answer of ham0 about the third job, which the others do not have. */
const thirdIs = (...facts: readonly string[]): JobAnswers => ({ one: jobFacts([third, ...facts]) });
const gone = { message: `the job ${third} is gone from ham0: somebody cleaned up`, exitCode: 4, hint: "mclu jobs" };

describe("jobs show", () => {
  it("gives the last twenty lines that the job printed, without its own marks", async () => {
    const lines = Array.from({ length: 30 }, (_, at) => `line ${at}\n\nmclu:${third} stage 1 s${at}\n`);
    const { signal } = new AbortController();
    const shown = await showJob(await clusterOf({ ...thirdIs(...ended("done")), log: lines.join("") }), third, {
      signal,
    });
    expect(shown).toMatchObject({ node: "ham0", job: { id: third, state: "done" } });
    expect(shown.log).toEqual(Array.from({ length: 20 }, (_, at) => `line ${at + 10}`));
  });

  it("says that a job is gone", async () => {
    await expect(showJob(await clusterOf({ one: jobFacts() }), third)).rejects.toMatchObject(gone);
  });
});

describe("jobs cancel", () => {
  it.each([
    ["told", "cancelled", "cancelled", 0],
    ["told", "done", "ended", 6],
    ["ended", "failed", "ended", 6],
    ["ended", "cancelled", "ended", 0],
  ] as const)("of one that was %s and is %s: %s, exit code %i", async (word, how, result, code) => {
    const { signal } = new AbortController();
    const cluster = await clusterOf({ ...thirdIs(...ended(how)), cancel: word });
    const report = await cancelJob(cluster, third, { signal });
    expect(knownOf(cluster)).toContainEqual({ id: third, live: false });
    expect(report).toMatchObject({ node: "ham0", result, job: { state: how } });
    expect(cancelExitCode(report)).toBe(code);
  });

  it.each([
    ["waiting", "was never started"],
    ["dead", "is dead"],
    ["other", "cannot be told from others"],
  ])("signals nothing where the job is %s", async (word, why) => {
    await expect(cancelJob(await clusterOf({ ...thirdIs(), cancel: word }), third)).rejects.toMatchObject({
      ...{ exitCode: 6, hint: "mclu gc --dry-run", message: expect.stringContaining(`${third} on ham0 ${why}`) },
    });
  });

  it("says that a job is gone", async () => {
    await expect(cancelJob(await clusterOf({ one: jobFacts() }), third)).rejects.toMatchObject(gone);
  });
});

describe("jobs follow", () => {
  /** Follows the third job, whose log is read so. */
  async function followed(
    answers: JobAnswers,
    ...log: Parameters<typeof runs> extends [unknown, ...infer R] ? R : never
  ) {
    const cluster = await clusterOf(answers);
    runs(cluster.node("ham0"), ...log);
    const [found, events]: [object[], FollowEvent[]] = [[], []];
    const report = followJob(cluster, "20261122", {
      onFound: (one) => found.push(one),
      onEvent: (event) => void events.push(event),
    });
    const end = await report.catch((error: unknown) => error);
    const isLive = knownOf(cluster).find(({ id }) => id === third)?.live;
    return { report: end, found, events, isLive };
  }

  it("hands on the log until the job has ended", async () => {
    const { report, found, events, isLive } = await followed(thirdIs(...ended("done")), printing("hello\n"));
    expect(found).toEqual([{ node: "ham0", id: third }]);
    expect(events).toEqual([{ kind: "log", line: "hello" }]);
    expect(report).toMatchObject({ node: "ham0", id: third, job: { state: "done" } });
    expect(isLive).toBe(false);
  });

  it("ends where it is interrupted, and leaves the job alone", async () => {
    const { report, isLive } = await followed({}, () => ({ kind: "interrupted" }));
    expect(isLive).toBe(true);
    expect(report).toEqual({ node: "ham0", id: third, job: null });
  });

  it("says that a job is gone, and that a node says no more of it", async () => {
    expect((await followed({ one: jobFacts() }, printing(""))).report).toMatchObject(gone);
    expect((await followed({}, () => denied)).report).toMatchObject({
      ...{ exitCode: 5, hint: `once it is on: mclu jobs show ${third}` },
      message: `ham0 failed: denied: the wire was cut; what became of the job ${third} is unknown`,
    });
  });

  it("has an exit code for each end", () => {
    const code = (one: Parameters<typeof followExitCode>[0]["job"]) =>
      followExitCode({ node: "ham0", id: third, job: one });
    expect([code(job({ state: "done" })), code(job({ state: "failed" })), code(null)]).toEqual([0, 1, 130]);
  });
});
