import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type CleanAction, cleanJobs } from "../../../src/node/jobs/clean.ts";
import { jobShell } from "../../../src/node/jobs/job-shell.ts";
import { jobQuery, listJobs, readJob } from "../../../src/node/jobs/read.ts";
import { identityFormat, rollbackShell, unfinished } from "../../../src/node/jobs/rollback-shell.ts";
import { nodeAt } from "../../support/jobs-node.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

const id = "20261121T134500-aaaaaaaa";

/** A job that ended before anybody knew whether it was committed, and says this when it is asked; and a file that it left. */
function deadJob(check: string) {
  const jobs = temporaryDirectory();
  const job = join(jobs, id);
  mkdirSync(job, { mode: 0o700 });
  const file = join(temporaryDirectory(), "left.img");
  writeFileSync(file, "content");
  const identity = execFileSync("stat", ["-c", identityFormat, file], { encoding: "utf8" }).trim();
  for (const [name, text] of Object.entries({
    ...{ started: "1\n", process: "an-earlier-boot 1 1 1\n", committing: "", check },
    ...{ manifest: `left ${identity} ${file}\n` },
  }))
    writeFileSync(join(job, name), text);
  return { jobs, job, file };
}

const clean = async (jobs: string, action: CleanAction) => (await cleanJobs(nodeAt(jobs), [{ id, action }])).outcomes;

it("forgets no job that turns out to be committed while what it left is there", async () => {
  const { jobs, job, file } = deadJob("exit 0\n");
  const why = "its manifest names files that are there, or cannot be seen now";
  expect(await clean(jobs, "undo")).toEqual([{ path: job, removed: false, why }]);
  expect([existsSync(job), existsSync(file)]).toEqual([true, true]);
  expect(await clean(jobs, "left")).toEqual([{ path: file, removed: true, why: "" }]);
  expect(await clean(jobs, "undo")).toEqual([{ path: job, removed: true, why: "" }]);
});

it("undoes one that was not committed, and leaves one alone of which nobody can tell", async () => {
  const open = deadJob('echo asked >>"$MCLU_JOB/asked"\nexit 2\n');
  expect(await clean(open.jobs, "undo")).toEqual([
    { path: open.job, removed: false, why: "whether it was committed is unknown" },
  ]);
  expect(readFileSync(join(open.job, "asked"), "utf8")).toBe("asked\n");
  const { jobs, job, file } = deadJob("exit 1\n");
  expect(await clean(jobs, "undo")).toEqual([
    { path: file, removed: true, why: "" },
    { path: job, removed: true, why: "" },
  ]);
});

it("is not told by a question about a job that the job runs", () => {
  const { job } = deadJob(`printf '%s %s' "$MCLU_JOB" "$MCLU_ID" >"$MCLU_JOB/asked"\nsleep 3\nexit 1\n`);
  const script = `${jobShell}mclu_held=
${rollbackShell}mclu_committed "$1" & sleep 1; printf '%s|%s' "$(mclu_members "$1")" "$(cat "$1/asked")"; wait`;
  expect(execFileSync("sh", ["-c", script, "mclu", job], { encoding: "utf8" })).toBe(`|${job} ${id}`);
});

it("has time for a check that asks another node over a slow connection", async () => {
  const { jobs } = deadJob("sleep 6\nexit 0\n");
  expect((await readJob(nodeAt(jobs), id))?.committed).toBe(true);
}, 30_000);

describe("jobs whose check hangs, as it does where libvirtd is frozen", () => {
  const hangs = "exec sleep 30\n";
  const other = "20261121T134501-bbbbbbbb";
  const second = (jobs: string, job: string) =>
    execFileSync("cp", ["-a", job, join(jobs, other)], { encoding: "utf8" });

  it("are all listed, as of which nobody knows whether they were committed", async () => {
    const { jobs, job } = deadJob(hangs);
    second(jobs, job);
    const found = await listJobs(nodeAt(jobs), { entries: true });
    expect(found.map(({ id, committed, directory }) => [id, committed, directory])).toEqual([
      [id, null, job],
      [other, null, join(jobs, other)],
    ]);
  });

  it("are asked for no longer than they have together, the one as the other", async () => {
    const slow = deadJob("sleep 4\nexit 1\n");
    second(slow.jobs, slow.job);
    // 6 s for both
    const found = await listJobs(nodeAt(slow.jobs, { readTimeout: 11 }), { entries: true });
    expect(found.map(({ committed }) => committed)).toEqual([false, null]);
  }, 30_000);

  it("are not listed half where the time is up", async () => {
    const { jobs, job } = deadJob(hangs);
    second(jobs, job);
    await expect(listJobs(nodeAt(jobs, { readTimeout: 1 }), { entries: true })).rejects.toMatchObject({
      silence: { reason: "slow", detail: "a program there did not come to its end in time" },
    });
  });

  it("are said not to have been come to where cleaning them takes too long, and what was done is said", async () => {
    const { jobs } = deadJob(hangs);
    const gone = { id: "20261121T134502-cccccccc", action: "undo" } as const;
    const left = { id, action: "undo" } as const;
    expect(await cleanJobs(nodeAt(jobs, { changeTimeout: 2 }), [gone, left])).toEqual({
      outcomes: [],
      unheard: [left],
    });
  });
});

describe("moves whose target is silent", () => {
  /** A job that is dead, and what it would do to be undone. */
  function more(jobs: string, kind: string, rollback: string, at: number) {
    const own = `20261121T13450${at}-bbbbbbbb`;
    mkdirSync(join(jobs, own), { mode: 0o700 });
    for (const [name, text] of Object.entries({
      ...{ started: "1\n", process: "an-earlier-boot 1 1 1\n", rollback: `${rollback}\n` },
      spec: JSON.stringify({ id: own, kind, guest: "web1", template: "ham1", client: "me@here" }),
    }))
      writeFileSync(join(jobs, own, name), text);
    return { id: own, action: "undo", job: join(jobs, own) } as const;
  }
  const cut = "it could not be undone to its end";

  it("come last, share what time there is, and are each said not to have come to their end", async () => {
    const jobs = temporaryDirectory();
    const silent = [1, 2].map((at) => more(jobs, "migrate", "sleep 30", at));
    const hears = more(jobs, "migrate", ":", 3);
    const other = more(jobs, "clone", ":", 4);
    const tasks = [...silent, hears, other].map(({ id: own, action }) => ({ id: own, action }));
    const removed = ({ job }: { readonly job: string }) => ({ path: job, removed: true, why: "" });
    expect(await cleanJobs(nodeAt(jobs, { changeTimeout: 16 }), tasks)).toEqual({
      outcomes: [removed(other), ...silent.map(({ job }) => ({ path: job, removed: false, why: cut })), removed(hears)],
      unheard: tasks.slice(0, 2),
    });
  }, 30_000);

  it("are brought to their end no longer than that where their guest has moved", async () => {
    const jobs = temporaryDirectory();
    const moved = [1, 2].map((at) => more(jobs, "migrate", "sleep 30", at));
    for (const { job } of moved) writeFileSync(join(job, "committed"), "");
    const tasks = moved.map(({ id: own, action }) => ({ id: own, action }));
    const why = "its move is not at its end, and cannot be brought there now";
    expect(await cleanJobs(nodeAt(jobs, { changeTimeout: 14 }), tasks)).toEqual({
      outcomes: moved.map(({ job }) => ({ path: job, removed: false, why })),
      unheard: tasks,
    });
  }, 30_000);
});

it("is no answer where the shell ended early", async () => {
  const node = nodeAt(temporaryDirectory());
  await expect(node.ask(jobQuery("echo now; kill -KILL $$"))).rejects.toMatchObject({
    silence: { reason: "protocol" },
  });
  expect(await node.ask(jobQuery("echo now; false"))).toBe("now\n");
});

it("commits and undoes nothing that was undone before, whatever its check says by now", async () => {
  const { jobs, job } = deadJob("exit 0\n");
  for (const name of ["rolled", "end", "rollback"])
    writeFileSync(
      join(job, name),
      name === "end" ? "failed 1 1\n" : name === "rollback" ? 'touch "$MCLU_JOB/again"\n' : "",
    );
  expect(await readJob(nodeAt(jobs), id)).toMatchObject({ committed: false, rolledBack: true });
  const script = `${jobShell}mclu_held=\n${rollbackShell}mclu_rollback "$1"; ls "$1"`;
  const names = execFileSync("sh", ["-c", script, "mclu", job], { encoding: "utf8" });
  expect(names).not.toMatch(/again|committed/);
});

it.each([unfinished, 124, 127, 137, 143])(
  "takes a job for undone only when its rollback came to its end, not with code %i",
  async (code) => {
    const { jobs, job, file } = deadJob("exit 1\n");
    const end = (rollback: string) => writeFileSync(join(job, "rollback"), `${rollback}\n`);
    end(`exit ${code}`);
    const unclear = { path: job, removed: false, why: "it could not be undone to its end" };
    expect(await clean(jobs, "undo")).toEqual([unclear, { path: file, removed: true, why: "" }]);
    expect(existsSync(join(job, "rolled"))).toBe(false);
    // its last word is a program's, what it says before it is for people
    end(`echo; echo 'on the target\tstays: \x1b[31mdefault web.qcow2 '; echo unclear; exit ${code}`);
    const [kept] = await clean(jobs, "undo");
    expect(kept).toEqual({ ...unclear, why: `${unclear.why}: on the target stays: [31mdefault web.qcow2` });
    end("exit 1");
    expect(await clean(jobs, "undo")).toEqual([{ path: job, removed: true, why: "" }]);
  },
);

it("undoes nothing for ten minutes where the command that committed was killed, unless the node was started anew", async () => {
  const { jobs, job, file } = deadJob("exit 1\n");
  const uptime = Number(readFileSync("/proc/uptime", "utf8").split(".")[0]);
  const killed = (at: number) => writeFileSync(join(job, "committing"), `${at}\n`);
  const unknown = { path: job, removed: false, why: "whether it was committed is unknown" };
  for (const at of [uptime, uptime - 590]) {
    killed(at);
    expect(await clean(jobs, "undo")).toEqual([unknown]);
  }
  for (const at of [uptime - 601, uptime + 1000]) {
    killed(at);
    expect(await readJob(nodeAt(jobs), id)).toMatchObject({ committed: false });
  }
  expect(await clean(jobs, "undo")).toEqual([
    { path: file, removed: true, why: "" },
    { path: job, removed: true, why: "" },
  ]);
});

it("takes no process of another user for one of a job, whatever mark it bears", async () => {
  const script = `${jobShell}mclu_members "$1"`;
  const members = () => execFileSync("sh", ["-c", script, "mclu", "/jobs/x"], { encoding: "utf8" });
  const start = (uid: number) =>
    spawn("sleep", ["60"], { env: { ...process.env, MCLU_JOB: "/jobs/x" }, uid, gid: uid });
  const [own, other] = [start(0), start(65534)];
  try {
    await Promise.all([once(own, "spawn"), once(other, "spawn")]);
    expect(members()).toBe(`${own.pid} `);
  } finally {
    own.kill();
    other.kill();
  }
});

it("removes nothing where the rollback finds out that the job came true, and says what is left of it", async () => {
  const { jobs, job, file } = deadJob("exit 1\n");
  writeFileSync(join(job, "rollback"), ': >"$MCLU_JOB/committed"\n');
  const script = `${jobShell}mclu_held=\n${rollbackShell}mclu_rollback "$1"`;
  expect(execFileSync("sh", ["-c", script, "mclu", job], { encoding: "utf8" })).toBe("");
  expect([existsSync(file), existsSync(join(job, "rolled"))]).toEqual([true, false]);
  const why = "its manifest names files that are there, or cannot be seen now";
  expect(await clean(jobs, "undo")).toEqual([{ path: job, removed: false, why }]);
});
