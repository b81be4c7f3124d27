import { expect, it } from "vitest";
import type { JobDetails, ManifestEntry } from "../../src/node/jobs/job-record.ts";
import { planJob } from "../../src/operations/gc-plan.ts";
import { job } from "../support/jobs.ts";

const entry = (path: string, now = "same", kind: ManifestEntry["kind"] = "made"): ManifestEntry => ({
  ...{ kind, path, now },
  size: 1,
});
const day = 24 * 3600;

/** `ACTION PATH` of what would be removed, and what is kept. */
function planned(different: Partial<JobDetails>): readonly string[] {
  const { directory } = job();
  const { items, kept } = planJob("ham0", job(different));
  const name = (path: string) => (path === directory ? "job" : path);
  return [
    ...items.map(({ action, path }) => `${action} ${name(path)}`),
    ...kept.map(({ path, reason }) => `kept ${name(path)}: ${reason}`),
  ];
}

it.each<[string, Partial<JobDetails>, readonly string[]]>([
  ["that runs", { manifest: [entry("/i/a")] }, []],
  ["whose upload goes on", { state: "waiting", started: null, idle: 60 }, []],
  ["that has begun by now", { state: "waiting", idle: 9999 }, []],
  ["whose upload was cut off", { state: "waiting", started: null, idle: 9999 }, ["forget job"]],
  ["that died before it began", { state: "dead", started: null }, ["forget job"]],
  [
    "that died with a file which is not to be seen now",
    { state: "dead", committed: false, manifest: [entry("/i/a", "hidden"), entry("/i/b")] },
    ["undo /i/b", "kept /i/a: not there now: is its file system mounted?"],
  ],
  ["that is done, a day ago", { state: "done", committed: true, idle: day }, []],
  ["that is done, long ago", { state: "done", committed: true, idle: 8 * day }, ["forget job"]],
  [
    "that left a file, long ago",
    { state: "done", idle: 8 * day, manifest: [entry("/i/a", "same", "left"), entry("/i/b")] },
    ["left /i/a"],
  ],
  ["that was undone", { state: "failed", rolledBack: true, manifest: [entry("/i/a")] }, []],
  ["that failed behind the commit point", { state: "failed", committed: true, manifest: [entry("/i/a")] }, []],
  [
    "that failed behind the commit point of a move",
    { kind: "migrate", state: "failed", committed: true, manifest: [entry("/i/a", "same", "left")] },
    ["undo job"],
  ],
  [
    "of a move that was undone before another one succeeded",
    { kind: "migrate", state: "failed", committed: true, rolledBack: true },
    [],
  ],
  [
    "that was not undone",
    { state: "failed", manifest: [entry("/i/a"), entry("/i/b", "gone"), entry("/i/c", "another file")] },
    ["undo /i/a", "undo job", "kept /i/c: another file"],
  ],
  ["that is dead behind the commit point", { state: "dead", committed: true, manifest: [entry("/i/a")] }, ["undo job"]],
  [
    "that is dead behind the commit point, and left a file",
    { state: "dead", committed: true, manifest: [entry("/i/a"), entry("/i/b", "same", "left")] },
    ["left /i/b"],
  ],
  [
    "that is dead behind the commit point, and left one that is not to be seen now",
    { state: "dead", committed: true, manifest: [entry("/i/b", "hidden", "left")] },
    ["kept /i/b: not there now: is its file system mounted?"],
  ],
  [
    "of which nobody knows whether it defined its guest",
    { state: "dead", committed: null, manifest: [entry("/i/a")] },
    ["kept job: whether its guest was defined cannot be found out now"],
  ],
])("of a job %s", (_what, different, expected) => {
  expect(planned(different)).toEqual(expected);
});

it("says which job a file is of", () => {
  const reasonOf = (different: Partial<JobDetails>) => planJob("ham0", job(different)).items[0]?.reason;
  expect(reasonOf({ state: "dead" })).toBe("build of web1 is dead: power cut, or killed");
  expect(reasonOf({ state: "cancelled" })).toBe("build of web1 was not undone");
  expect(reasonOf({ state: "dead", kind: null, guest: null })).toBe("a job is dead: power cut, or killed");
});
