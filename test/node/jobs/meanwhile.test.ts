import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { cleanJobs } from "../../../src/node/jobs/clean.ts";
import { listJobs } from "../../../src/node/jobs/read.ts";
import { nodeAt } from "../../support/jobs-node.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

const id = "20261121T134500-aaaaaaaa";

/** A job with these files, and a directory of programs whose grep, by which a job's processes are looked for, makes one more. */
function job(files: Readonly<Record<string, string>>, [name, text]: readonly [string, string]) {
  const jobs = temporaryDirectory();
  const directory = join(jobs, id);
  mkdirSync(directory, { mode: 0o700 });
  for (const [file, content] of Object.entries(files)) writeFileSync(join(directory, file), content);
  const bin = temporaryDirectory();
  const more = join(directory, name);
  const grep = `#!/bin/sh\n[ -e ${more} ] || echo '${text}' >${more}\nexec /usr/bin/grep "$@"\n`;
  writeFileSync(join(bin, "grep"), grep, { mode: 0o755 });
  vi.stubEnv("PATH", `${bin}:${process.env.PATH}`);
  return { jobs, directory };
}

const now = () => `${Math.floor(Date.now() / 1000)}\n`;

it("a job whose first process comes while one looks for it is not dead", async () => {
  const { jobs } = job({ started: now() }, ["process", "this-boot 1 1 1"]);
  expect(await listJobs(nodeAt(jobs))).toMatchObject([{ id, state: "waiting" }]);
});

it("a job that ends while one looks for its processes has ended as it says", async () => {
  const { jobs } = job({ started: now(), process: "an-earlier-boot 1 1 1\n" }, ["end", "done 0 5"]);
  expect(await listJobs(nodeAt(jobs))).toMatchObject([{ id, state: "done", exitCode: 0 }]);
});

it("a job that was taken for dead and came to its end is not undone", async () => {
  const { jobs, directory } = job({ started: now(), process: "an-earlier-boot 1 1 1\n" }, ["end", "done 0 5"]);
  const why = "the job came to its end meanwhile";
  expect((await cleanJobs(nodeAt(jobs), [{ id, action: "undo" }])).outcomes).toEqual([
    { path: directory, removed: false, why },
  ]);
});
