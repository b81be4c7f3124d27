import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { currentAccount } from "../../src/account.ts";
import { type MakeOptions, makeExitCode, makeGuests } from "../../src/operations/guest-jobs.ts";
import type { GuestResult, NewGuest } from "../../src/operations/guest-result.ts";
import { rememberJob } from "../../src/operations/jobs.ts";
import { readKnownJobs } from "../../src/state/known-jobs.ts";
import { type FakeNode, fakeCluster, lostNode } from "../support/fake-host.ts";
import { ended, fakeJobs, type JobAnswers, jobFacts, printing, reservedJob, runs } from "../support/fake-jobs.ts";
import { testUuid } from "../support/test-driver.ts";

const gib = 1024 ** 3;
const target: NewGuest = { node: "ham0", name: "web1", memory: gib };

interface Scene {
  readonly ham0?: FakeNode;
  readonly answers?: JobAnswers;
  /** What the job is when it is asked for. */
  readonly facts?: readonly string[];
  readonly runs?: Parameters<typeof runs> extends [unknown, ...infer Rest] ? Rest : never;
  readonly options?: MakeOptions<NewGuest>;
  readonly targets?: readonly NewGuest[];
  readonly brokenJournal?: boolean;
  /** Somebody lists the jobs while it runs. */
  readonly isListed?: boolean;
}

/** Makes web1 on ham0, which has reserved the name for whoever asks; says what came of it and what was asked. */
async function made({ ham0 = () => [], answers, facts = ended("done"), options = {}, ...scene }: Scene) {
  const job = reservedJob("web1", facts);
  const run = fakeJobs({ ...job.answers, ...answers });
  const cluster = await fakeCluster({ ham0 }, "", { run });
  if (scene.brokenJournal) {
    mkdirSync(dirname(cluster.directories.state), { recursive: true });
    writeFileSync(cluster.directories.state, "no directory");
  }
  runs(cluster.node("ham0"), ...(scene.runs ?? [printing("started\n"), printing("hello\n")]));
  const making = {
    verb: "build",
    words: { done: "built", doing: "building" } as const,
    specOf: async () => ({
      ...{ kind: "build", guest: "web1", template: null, client: "me@here" },
      stages: [{ name: "build", script: "true" }],
    }),
  };
  const onJob = (_: NewGuest, id: string) => scene.isListed && rememberJob(cluster, id);
  const { results, warnings } = await makeGuests(cluster, scene.targets ?? [target], making, { onJob, ...options });
  const known = () => readKnownJobs(cluster.directories.cache, cluster.config.source ?? "", currentAccount().uid);
  return { result: results[0], warnings, id: job.id(), asked: job.asked, known };
}

describe("a guest that a job makes", () => {
  it("is there when the job is done, whether or not the journal can be written", async () => {
    const settled: GuestResult[] = [];
    const events: unknown[] = [];
    const { result, id, warnings, asked } = await made({
      brokenJournal: true,
      options: { onSettled: (one) => settled.push(one), onEvent: (_, event) => events.push(event) },
    });
    expect(result).toMatchObject({ outcome: "built", job: id, exitCode: 0 });
    expect(settled).toEqual([result]);
    expect(events).toEqual([{ kind: "log", line: "hello" }]);
    expect(warnings).toEqual([expect.stringContaining("the journal was not written")]);
    expect(asked).toEqual(["reserve"]);
  });

  it("is being made where nobody waits for it, and its job is remembered", async () => {
    const { result, id, known } = await made({ options: { detach: true } });
    expect(known()).toEqual([{ id, live: true }]);
    expect(result).toMatchObject({ outcome: "building", job: id, hint: `mclu jobs follow ${id}`, exitCode: 0 });
  });

  it("has a job that is known to have ended, where it was listed while it ran", async () => {
    const { id, known } = await made({ isListed: true });
    expect(known()).toEqual([{ id, live: false }]);
    expect((await made({})).known()).toEqual([]);
  });

  it("is refused where its memory was taken meanwhile, or nobody can say how much there is", async () => {
    const large = [{ ...target, memory: 20 * gib }];
    const { result, asked } = await made({ targets: large });
    expect(result).toMatchObject({
      ...{ outcome: "refused", exitCode: 6, hint: "mclu place, and type it again", job: null },
      detail: "the memory that web1 needs on ham0 was taken meanwhile; nothing was changed",
    });
    expect(asked).toEqual(["reserve", "release"]);
    const unsaid = await made({ ham0: () => [{ name: "odd", uuid: testUuid(3), state: null }] });
    expect(unsaid.result).toMatchObject({ outcome: "refused", exitCode: 6 });
  });

  it("keeps its name where nobody knows whether its job began, and gives it back where it did not", async () => {
    const denied = { ...lostNode, reason: "denied" } as const;
    const refused = await made({ runs: [() => denied] });
    expect([refused.result?.outcome, refused.asked]).toEqual(["unknown", ["reserve", "release"]]);
    const heard: unknown[] = [];
    const silent = await made({ runs: [() => denied], answers: { release: lostNode } });
    expect(silent.result?.outcome).toBe("unknown");
    const lost = await made({
      runs: [() => lostNode],
      answers: { upload: denied },
      options: { onEvent: (_, event) => heard.push(event) },
    });
    expect([lost.result?.outcome, lost.asked]).toEqual(["unknown", ["reserve"]]);
    expect(heard).toEqual([{ kind: "silent", silence: lostNode, retry: 0.5 }]);
  });
});

describe("a guest whose job is followed", () => {
  it.each<[string, Scene, object]>([
    [
      "of which its node says no more",
      { runs: [printing("started\n"), () => ({ ...lostNode, reason: "denied" }) as const] },
      { outcome: "unknown", exitCode: 5, detail: expect.stringContaining("ham0 failed: denied: the wire was cut") },
    ],
    [
      "that is gone",
      { answers: { one: jobFacts() } },
      {
        outcome: "failed",
        detail: expect.stringMatching(/^the job .* is gone from ham0$/),
        hint: "mclu info ham0/web1",
      },
    ],
  ])("%s", async (_what, scene, expected) => {
    expect((await made(scene)).result).toMatchObject(expected);
  });
});

describe("an interruption", () => {
  /** Interrupts the run so many commands after its beginning. */
  async function interrupted(at: number, answers: JobAnswers, facts?: readonly string[]) {
    const interruption = new AbortController();
    const stop = () => {
      interruption.abort();
      return { kind: "interrupted" } as const;
    };
    const all = at === 0 ? ([stop] as const) : ([printing("started\n"), stop] as const);
    const options = { signal: interruption.signal };
    const scene = { runs: [...all], answers, ...(facts && { facts }), options, isListed: true };
    return made(scene as Scene);
  }

  it("while the job is sent ends what had begun, and gives the name back where nothing had", async () => {
    const begun = await interrupted(0, { cancel: "told" }, ended("cancelled"));
    expect(begun.result).toMatchObject({ outcome: "cancelled", job: begun.id, detail: "cancelled; nothing is left" });
    expect(begun.asked).toEqual(["reserve"]);
    const none = await interrupted(0, { one: jobFacts() });
    expect(none.result).toMatchObject({ outcome: "cancelled", job: null, detail: "interrupted", exitCode: 130 });
    expect(none.asked).toEqual(["reserve", "release"]);
  });

  it("while it is followed cancels the job, and says where that is not known", async () => {
    const { id, result, known } = await interrupted(1, { cancel: "told" }, ended("cancelled"));
    expect(result).toMatchObject({ outcome: "cancelled", exitCode: 130 });
    expect(known()).toEqual([{ id, live: false }]);
    const gone = await interrupted(1, { one: jobFacts() });
    expect(gone.result).toMatchObject({ outcome: "unknown", hint: `mclu jobs follow ${gone.id}` });
    const silent = await interrupted(1, { cancel: lostNode });
    expect(silent.result).toMatchObject({
      ...{ outcome: "unknown", exitCode: 130 },
      hint: `once it answers: mclu jobs cancel ${silent.id}, or mclu gc ham0`,
    });
    // it may go on
    expect(silent.known()).toEqual([{ id: silent.id, live: true }]);
  });
});

it("several guests have one exit code: 3 where some were made", () => {
  const code = (...codes: readonly number[]) =>
    makeExitCode({ results: codes.map((exitCode) => ({ exitCode }) as GuestResult) });
  expect([code(0, 0), code(1, 1), code(0, 1), code(0, 6), code(6, 6)]).toEqual([0, 1, 3, 6, 6]);
});
