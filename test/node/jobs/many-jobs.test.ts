import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { cleanJobs } from "../../../src/node/jobs/clean.ts";
import { listJobs } from "../../../src/node/jobs/read.ts";
import { nodeAt } from "../../support/jobs-node.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

it("lists, and forgets, thousands of jobs that ended long ago well within its deadlines", {
  timeout: 90_000,
}, async () => {
  const jobs = temporaryDirectory();
  const ids = Array.from({ length: 3000 }, (_, index) => `20251121T134500-${index.toString(16).padStart(8, "0")}`);
  for (const [index, each] of ids.entries()) {
    mkdirSync(join(jobs, each), { mode: 0o700 });
    const end = index % 2 ? { end: "failed 1 2\n", rolled: "" } : { end: "done 0 2\n", committed: "" };
    const files = {
      started: "1\n",
      process: "an-earlier-boot 1 1 1\n",
      manifest: `made 1:2:3 4 /p/${index}.img\n`,
      ...end,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(jobs, each, name), text);
    utimesSync(join(jobs, each), 3, 3);
  }
  const node = nodeAt(jobs);
  const found = await listJobs(node, { entries: true });
  expect(found.map((job) => job.id)).toEqual(ids);
  expect(found[1]).toMatchObject({ state: "failed", size: expect.any(Number), directory: join(jobs, ids[1] ?? "") });
  expect(found.every(({ size, idle }) => size > 0 && idle > 1e9)).toBe(true);
  const { outcomes, unheard } = await cleanJobs(
    node,
    ids.map((each) => ({ id: each, action: "forget" })),
  );
  expect([outcomes.length, unheard.length, outcomes.every(({ removed }) => removed)]).toEqual([3000, 0, true]);
});
