import { describe, expect, it } from "vitest";
import { currentAccount } from "../../../src/account.ts";
import type { Change } from "../../../src/libvirt/change.ts";
import { UnheardChange } from "../../../src/node/failure.ts";
import { rememberJob } from "../../../src/operations/jobs.ts";
import { prepareDrain } from "../../../src/operations/move/drain.ts";
import { moveGuest } from "../../../src/operations/move/move.ts";
import { moveSeveral } from "../../../src/operations/move/move-several.ts";
import { type MoveUnderWay, refuseNoRoom } from "../../../src/operations/move/room-again.ts";
import { readKnownJobs } from "../../../src/state/known-jobs.ts";
import { type AbleNode, ableNodes, diskXml, guestXml, imageFile } from "../../support/able-node.ts";
import { fakeCluster, lostNode } from "../../support/fake-host.ts";
import { ended, type JobAnswers, jobFacts, printing, reservedJob, runs, takesJob } from "../../support/fake-jobs.ts";
import { reachable } from "../../support/reachable.ts";
import { testUuid } from "../../support/test-driver.ts";

const web1 = { name: "web1", uuid: testUuid(1), xml: guestXml("web1", "", "") };
const reaches: AbleNode = { run: ([program]) => (program === "timeout" ? "10.0.0.1" : undefined) };

/** A guest of ham0 that is prepared to go to ham1, and the name that is reserved for its job. */
async function world(jobs: JobAnswers = {}, isMoved = () => false) {
  const job = reservedJob("web1", ended("done"));
  const answers = ableNodes({ ham0: { ...reaches, jobs: { ...job.answers, ...jobs } }, ham1: reaches });
  const cluster = reachable(
    await fakeCluster({ ham0: () => (isMoved() ? [] : [web1]), ham1: () => (isMoved() ? [web1] : []) }, "", answers),
  );
  const [prepared] = (await prepareDrain(cluster, "ham0")).moves;
  if (!prepared) throw new Error("it can move");
  return { cluster, prepared, job };
}

describe("a move that is to remove the source's files", () => {
  /** Moves it, with a disk of which the source keeps a file; the node says this to who removes that. */
  async function moved(clean: Required<JobAnswers>["clean"]) {
    let isMoved = false;
    const { cluster, prepared, job } = await world({ clean }, () => isMoved);
    const begin = takesJob();
    const source = cluster.node("ham0");
    runs(
      source,
      (options, command) => {
        isMoved = true;
        // somebody lists the jobs at that moment
        rememberJob(cluster, job.id());
        return begin.run(options, command);
      },
      printing(""),
    );
    const disk = { target: "vda", path: "/images/web1.qcow2", format: "qcow2", size: 1, pool: "default" } as const;
    const plan = { ...prepared.plan, disks: [{ ...disk, way: "copied" as const }] };
    const { results } = await moveGuest(cluster, { ...prepared, plan }, { client: "me@here", removeSource: true });
    const known = readKnownJobs(cluster.directories.cache, cluster.config.source ?? "", currentAccount().uid);
    expect(known).toEqual([{ id: job.id(), live: false }]);
    return { result: results[0], kept: `/images/.web1.qcow2.migrated-${job.id()}` };
  }

  it("says which are gone", async () => {
    const { result } = await moved((_, script) => {
      const id = /clean (2[\w-]*) left/.exec(script)?.[1] ?? "";
      return `removed\tleft\t/images/.web1.qcow2.migrated-${id}\n`;
    });
    expect(result).toMatchObject({ outcome: "moved", kept: [], hint: null, detail: null, exitCode: 0 });
  });

  it("has moved the guest also where the source no longer answers, whose files stay for gc", async () => {
    const { result, kept } = await moved(lostNode);
    expect(result).toMatchObject({
      ...{ outcome: "moved", node: "ham1", kept: [kept], hint: "mclu gc ham0", exitCode: 0 },
      detail: "it moved, but ham0 did not remove its files: lost: the wire was cut",
    });
  });

  it("hides no bug", async () => {
    const bug = () => {
      throw new TypeError("a bug");
    };
    await expect(moved(bug)).rejects.toThrow(TypeError);
  });
});

describe("a move to a base", () => {
  it("does not begin where the base cannot be marked, and gives its name back", async () => {
    const { cluster, prepared, job } = await world();
    Object.assign(cluster.node("ham1"), { change: () => Promise.reject(new UnheardChange(lostNode)) });
    const bases = [{ uuid: testUuid(7), name: "debian-original" }];
    await expect(moveGuest(cluster, { ...prepared, bases }, { client: "me@here" })).rejects.toMatchObject({
      ...{ name: "UserError", exitCode: 5, message: "ham1 failed: lost: the wire was cut" },
    });
    expect(job.asked).toEqual(["reserve", "release"]);
  });
});

describe("a move whose turn comes late", () => {
  const gib = 1024 ** 3;
  const path = "/images/web1.qcow2";
  /** Drains a guest with a disk, whose target gives its memory or its room to others meanwhile; what was asked, and the way home. */
  async function drainedLate(taken: "memory" | "room" | "beside" | "nothing", isSilent = false) {
    let isLate = false;
    const others = Array.from({ length: 16 }, (_, at) => ({ name: `other${at}`, uuid: testUuid(at + 20) }));
    const job = reservedJob("web1", ended("done"));
    const ham0: AbleNode = { ...reaches, files: { [path]: imageFile(path, 50 * gib) }, jobs: job.answers };
    const ham1: AbleNode = {
      ...reaches,
      get room() {
        return (isLate && taken !== "memory" ? 40 : 60) * gib;
      },
    };
    const guest = { ...web1, xml: guestXml("web1", "", diskXml("vda", path)) };
    const there = () => {
      if (!isLate) return [];
      return isSilent ? lostNode : taken === "memory" ? others : [];
    };
    const cluster = reachable(await fakeCluster({ ham0: () => [guest], ham1: there }, "", ableNodes({ ham0, ham1 })));
    const plan = await prepareDrain(cluster, "ham0");
    const [move] = plan.moves;
    if (!move) throw new Error("it can move");
    if (taken === "nothing") Object.assign(move, { copied: [] });
    if (taken === "beside") Object.assign(move, { pools: new Map() });
    isLate = true;
    const notes: string[] = [];
    Object.assign(cluster.node("ham0"), {
      change: async ({ actions }: Change) => {
        notes.push(JSON.stringify(actions).includes("--remove") ? "forgotten" : "noted");
        return { kind: "done", left: [] };
      },
    });
    runs(cluster.node("ham0"), takesJob().run, printing(""));
    const { results } = await moveSeveral(cluster, plan, { client: "me@here" });
    return { result: results[0], asked: job.asked, notes };
  }

  it.each([
    ["memory", /^memory: 1G wanted, \S+ free$/],
    ["room", /^pool default: 50G wanted, 40G free$/],
    ["beside", /^\/images of ham1: 50G wanted, 40G free$/],
  ] as const)("is refused as it would have been before, where others took the %s", async (taken, why) => {
    const { result, asked, notes } = await drainedLate(taken);
    expect(result).toMatchObject({ outcome: "stayed", exitCode: 6, hint: expect.stringContaining("mclu ") });
    expect(result?.detail?.replace("ham1 cannot take ham0/web1: ", "")).toMatch(why);
    expect([asked, notes]).toEqual([
      ["reserve", "release"],
      ["noted", "forgotten"],
    ]);
  });

  it("of a guest that is off wants room alone, as it takes no memory", async () => {
    const full = Array.from({ length: 16 }, (_, at) => ({ name: `other${at}`, uuid: testUuid(at + 20) }));
    const cluster = await fakeCluster({ ham0: () => [], ham1: () => full }, "", ableNodes({ ham1: { room: gib } }));
    const { prepared } = await world();
    const look = (state: "running" | "shut off", size: number, before: readonly MoveUnderWay[] = []) =>
      refuseNoRoom(
        cluster,
        {
          ...{ plan: prepared.plan, guest: { ...prepared.guest, state }, pools: new Map([["/images", "default"]]) },
          copied: [{ directory: "/images", size }],
        },
        undefined,
        before,
      );
    await look("shut off", gib);
    const off = { plan: { ...prepared.plan, how: "offline" }, guest: prepared.guest, copied: [] } as const;
    await look("shut off", gib, [off]);
    await expect(look("running", gib)).rejects.toMatchObject({
      exitCode: 6,
      message: expect.stringContaining("memory"),
    });
    await expect(look("shut off", 2 * gib)).rejects.toMatchObject({
      message: "ham1 cannot take ham0/web1: pool default: 2G wanted, 1G free",
    });
  });

  it("begins where there is room, and not where nobody can say", async () => {
    expect((await drainedLate("nothing")).asked).toEqual(["reserve"]);
    const silent = await drainedLate("nothing", true);
    expect([silent.result?.exitCode, silent.asked]).toEqual([5, ["reserve", "release"]]);
  });
});

describe("two moves that begin at once", () => {
  const gib = 1024 ** 3;
  const names = ["web1", "web2"] as const;
  /** Drains two guests to a node that has so much left when their turns come, of which one has copied so much by then. */
  async function drainedAtOnce(
    late: { readonly others?: number; readonly room?: number },
    copied = 0,
    isThere = false,
  ) {
    let isLate = false;
    const uuids = names.map((_, at) => testUuid(at + 1));
    const guests = names.map((name, at) => ({
      ...{ name, uuid: uuids[at] ?? "" },
      xml: guestXml(name, "", diskXml("vda", `/images/${name}.qcow2`)),
    }));
    const others = Array.from({ length: late.others ?? 0 }, (_, at) => ({ name: `o${at}`, uuid: testUuid(at + 20) }));
    const files = Object.fromEntries(names.map((name) => [`/images/${name}.qcow2`, imageFile("x", 50 * gib)]));
    const job = reservedJob("web1", ended("done"));
    const ham1: AbleNode = {
      ...reaches,
      get room() {
        return (isLate ? (late.room ?? 200) : 200) * gib;
      },
      run: (argv) => {
        if (!argv[2]?.includes("%b %B")) return reaches.run?.(argv);
        return argv
          .slice(4)
          .map((path) => `${path.includes("web1") ? copied * 2 * 1024 ** 2 : 0} 512\n`)
          .join("");
      },
    };
    const there = () => (isLate ? [...others, ...(isThere ? guests.slice(0, 1) : [])] : []);
    const answers = ableNodes({ ham0: { ...reaches, files, jobs: job.answers }, ham1 });
    const cluster = reachable(await fakeCluster({ ham0: () => guests, ham1: there }, "", answers));
    const plan = await prepareDrain(cluster, "ham0");
    expect(plan.moves.map(({ plan: { guest } }) => guest.name)).toEqual(names);
    isLate = true;
    Object.assign(cluster.node("ham0"), { change: async () => ({ kind: "done", left: [] }) });
    let begun = 0;
    const begin = takesJob().run;
    // the first is not over before the second has begun, or was refused
    runs(cluster.node("ham0"), async (options, command) => {
      begun += 1;
      await expect.poll(() => begun > 1 || job.asked.includes("release")).toBe(true);
      return begin(options, command);
    });
    const { results } = await moveSeveral(cluster, plan, { client: "me@here" });
    return results[1]?.exitCode === 6 ? results[1].detail : null;
  }

  it("count each other's memory, which libvirt does not show before it takes a guest in", async () => {
    const why = "ham1 cannot take ham0/web2: memory: 1G wanted, 1G free, of which guests that move before take 1G";
    expect(await drainedAtOnce({ others: 15 })).toBe(why);
    // the first is one of them by then
    expect(await drainedAtOnce({ others: 14 }, 0, true)).toBeNull();
    expect(await drainedAtOnce({ others: 14 })).toBeNull();
  });

  it("count each other's room, save what was copied already", async () => {
    const why =
      "ham1 cannot take ham0/web2: pool default: 50G wanted, 99G free, of which guests that move before take 50G";
    expect(await drainedAtOnce({ room: 99 })).toBe(why);
    expect(await drainedAtOnce({ room: 99 }, 1)).toBeNull();
  });
});

describe("a move whose node was lost while its job was sent", () => {
  const denied = { ...lostNode, reason: "denied" } as const;
  type Runs = Parameters<typeof runs> extends [unknown, ...infer Rest] ? Rest : never;
  /** Moves a guest whose node answers so for the job, and then is as it was; what was asked, and the notes of its home. */
  const drained = (...all: Runs) => drainedWith({ upload: denied }, undefined, ...all);
  async function drainedWith(jobs: JobAnswers, signal: AbortSignal | undefined, ...[first, ...more]: Runs) {
    const { cluster, prepared, job } = await world(jobs);
    const source = cluster.node("ham0");
    const notes: string[] = [];
    Object.assign(source, {
      change: async ({ actions }: Change) => {
        notes.push(JSON.stringify(actions).includes("--remove") ? "forgotten" : "noted");
        return { kind: "done", left: [] };
      },
    });
    runs(source, first, ...more);
    const moves = { verb: "drain", node: "ham0", moves: [prepared], stuck: [], nodes: [] } as const;
    const { results } = await moveSeveral(cluster, moves, { client: "me@here", signal });
    return { results, asked: job.asked, notes, id: job.id() };
  }

  it.each([
    ["sent", 0],
    ["followed", 1],
  ])("keeps both and says so, where the interruption while it was %s could not be told", async (_what, at) => {
    const interruption = new AbortController();
    const stop = () => {
      interruption.abort();
      return { kind: "interrupted" } as const;
    };
    const all: Runs = at === 0 ? [stop] : [printing("started\n"), stop];
    const interrupted = (jobs: JobAnswers) => drainedWith(jobs, interruption.signal, ...all);
    const { results, asked, notes, id } = await interrupted({ cancel: lostNode });
    expect(results).toMatchObject([
      {
        ...{ name: "web1", outcome: "stayed", job: id, exitCode: 130 },
        detail: "interrupted, and ham0 could not be told to end the job, which may go on: lost: the wire was cut",
        hint: `once ham0 answers: mclu jobs follow ${id}, or to end it: mclu jobs cancel ${id}`,
      },
    ]);
    expect([asked, notes]).toEqual([["reserve"], ["noted"]]);
  });

  it("has its home forgotten where it was interrupted, and its job has ended", async () => {
    const interruption = new AbortController();
    const stop = () => {
      interruption.abort();
      return { kind: "interrupted" } as const;
    };
    const told = { cancel: "told", one: (_: string, script: string) => jobOf(script) };
    const jobOf = (script: string) =>
      jobFacts([/mclu_dir"\/(2[\w-]*)/.exec(script)?.[1] ?? "", ...ended("cancelled"), "rolled\tyes"]);
    const { results, asked, notes } = await drainedWith(told, interruption.signal, stop);
    expect(results).toMatchObject([{ outcome: "stayed", detail: "it was cancelled", hint: null, exitCode: 130 }]);
    // the job gives its name back
    expect([asked, notes]).toEqual([["reserve"], ["noted", "forgotten"]]);
  });

  it("gives both back where it was interrupted, and nothing had begun", async () => {
    const interruption = new AbortController();
    const stop = () => {
      interruption.abort();
      return { kind: "interrupted" } as const;
    };
    const { results, asked, notes } = await drainedWith({ one: jobFacts() }, interruption.signal, stop);
    expect(results).toMatchObject([{ outcome: "stayed", exitCode: 130 }]);
    expect([asked, notes]).toEqual([
      ["reserve", "release"],
      ["noted", "forgotten"],
    ]);
  });

  it.each([
    ["it was interrupted", undefined],
    ["its node was lost", lostNode],
  ])("gives both back where %s while its name was reserved, as no job was sent", async (_what, silence) => {
    const interruption = new AbortController();
    // the node has made it, and nobody hears so
    const cut = (asked: string[]) => () => {
      asked.push("reserve");
      if (silence) return silence;
      interruption.abort();
      throw interruption.signal.reason;
    };
    const asked: string[] = [];
    const release = () => {
      asked.push("release");
      return "";
    };
    const { results, notes } = await drainedWith({ reserve: cut(asked), release }, interruption.signal, () => denied);
    expect(results).toMatchObject([{ outcome: "stayed", exitCode: silence ? 1 : 130 }]);
    expect([asked, notes]).toEqual([
      ["reserve", "release"],
      ["noted", "forgotten"],
    ]);
  });

  it.each(["lost", "slow"] as const)("keeps its name and its way home, as the job may run: %s", async (reason) => {
    const { results, asked, notes } = await drained(() => ({ ...lostNode, reason }));
    expect(results).toMatchObject([{ name: "web1", outcome: "stayed", exitCode: 1 }]);
    expect([asked, notes]).toEqual([["reserve"], ["noted"]]);
  });

  it("gives both back where it was not let in, so that no job began", async () => {
    const { asked, notes } = await drained(() => denied);
    expect([asked, notes]).toEqual([
      ["reserve", "release"],
      ["noted", "forgotten"],
    ]);
  });
});
