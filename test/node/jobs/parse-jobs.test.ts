import { describe, expect, it } from "vitest";
import { isJobId, makeJobId } from "../../../src/node/jobs/job-id.ts";
import { planted } from "../../../src/node/jobs/job-shell.ts";
import { parseJobs } from "../../../src/node/jobs/parse-jobs.ts";

const id = "20261121T134500-abcd1234";
const job = (...lines: string[]) =>
  parseJobs(["now\t1000", `touched\t960\t${id}`, `size\t12\t${id}`, `job\t${id}`, ...lines, ""].join("\n"));

describe("parseJobs", () => {
  it.each([
    ["waiting", []],
    ["waiting", ["started\t995", "live\tstarting"]],
    ["dead", ["started\t900", "live\tstarting"]],
    ["running", ["started\t900", "live\tleader"]],
    ["running", ["started\t900", "live\torphans"]],
    ["dead", ["started\t900", "live\tno"]],
    ["done", ["started\t900", "end\tdone 0 960", "live\tno"]],
    ["failed", ["started\t900", "end\tfailed 3 960", "live\tno"]],
    ["cancelled", ["started\t900", "end\tcancelled 143 960", "live\tno"]],
  ])("calls a job %s that says %j", (state, lines) => {
    expect(job(...lines)).toMatchObject([{ id, state }]);
  });

  it("reads times, stage, reason, manifest and outcome", () => {
    const spec = '{"kind":"build","guest":"web1","template":"tiny","client":"me@here"}';
    const [read] = job(
      `spec\t${spec}`,
      "started\t900",
      "stage\t950 publish it",
      "reason\texists /p/web1.img is there already",
      "end\tfailed 1 960",
      "rolled\tyes",
      "directory\t/var/lib/mclu/jobs/x",
      "entry\tmade\tsame\t8*512\t/p/a b\tc",
      "entry\tmaking\tgone\t\t/p/d",
      "entry\tdropped\tgone\t\t/p/e",
      "outcome\tremoved\tmade\t/p/a",
      "outcome\tkept\tanother file now\t/p/d",
    );
    expect(read).toMatchObject({
      kind: "build",
      guest: "web1",
      client: "me@here",
      started: 900,
      ended: 960,
      elapsed: 60,
      idle: 40,
      size: 12 * 1024,
      stage: { name: "publish it", started: 950 },
      reason: { word: "exists", text: "/p/web1.img is there already" },
      exitCode: 1,
      committed: false,
      rolledBack: true,
      manifest: [
        { kind: "made", now: "same", size: 4096, path: "/p/a b\tc" },
        { kind: "making", now: "gone", size: null, path: "/p/d" },
      ],
      outcome: [
        { path: "/p/a", removed: true, why: "" },
        { path: "/p/d", removed: false, why: "another file now" },
      ],
    });
  });

  it("lists a job whose label was cut short, and leaves out what is no job of ours", () => {
    expect(job('spec\t{"kind":"bui')).toMatchObject([{ kind: null, state: "waiting" }]);
    expect(job("foreign\tyes")).toEqual([]);
    expect(parseJobs("now\t5\njob\t../../etc\n")).toEqual([]);
  });

  it.each(["\r", "\u2028", "\u2029"])("takes no value apart that has %j in it", (end) => {
    const text = `no${end}job\t20261121T134500-forged01${end}live\tleader`;
    const jobs = job(`reason\tword ${text}`, "end\tfailed 1 960", `entry\tmade\tgone\t\t/${text}`, "directory\t/x");
    expect(jobs).toMatchObject([
      { id, state: "failed", directory: "/x", reason: { text }, manifest: [{ path: `/${text}` }] },
    ]);
  });

  it("refuses an answer without its clock", () => {
    expect(() => parseJobs("")).toThrow("expected a list of jobs");
  });
});

describe("planted", () => {
  const line = "planted\tis a symbolic link\t/var/lib/mclu\n";
  const found = { path: "/var/lib/mclu", why: "is a symbolic link" };

  it.each([line, `now\t5\n${line}`])("reads the refusal %j", (answer) => {
    expect(planted(answer)).toEqual(found);
  });

  it.each([`\n${line}`, `begin\n${line}`, `kept\tnot empty\t/x\r${line}`, `now\t5\njob\tx\r${line}`])(
    "takes nothing of %j for one",
    (answer) => {
      expect(planted(answer)).toBeUndefined();
    },
  );
});

describe("makeJobId", () => {
  it("sorts by time and is a job's name", () => {
    const early = makeJobId(new Date("2026-11-21T13:45:00Z"));
    expect(early).toMatch(/^20261121T134500-[a-z0-9]{8}$/);
    expect(makeJobId(new Date("2026-11-21T13:45:01Z")) > early).toBe(true);
    expect(isJobId(early)).toBe(true);
    expect(["", "x", `${early}/..`, early.toUpperCase()].map(isJobId)).toEqual([false, false, false, false]);
  });
});
