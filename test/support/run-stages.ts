import { spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { jobFiles, type Stage } from "../../src/node/jobs/job-script.ts";
import { temporaryDirectory } from "./run-mclu.ts";

interface Surroundings {
  /** Programs before those of this machine, by name: lines for `sh`. */
  readonly programs?: Readonly<Record<string, string>>;
  readonly check?: string;
}

/**
 * Runs a job's stages here, in a directory of their own with an empty `pool` in it; `read` gives a file below that, null
 * where there is none, and `job` one of the job's.
 */
export function runStages(stages: readonly Stage[], { programs = {}, check }: Surroundings) {
  const [home, id] = [temporaryDirectory(), "20261122T010000-bbbbbbbb"];
  const directory = join(home, id);
  for (const made of [directory, join(home, "bin"), join(home, "pool")]) mkdirSync(made);
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(home, "bin", name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(home, "bin", name), 0o755);
  }
  const files = jobFiles(id, { kind: "build", guest: "web1", template: null, client: "me@here", stages, check });
  for (const [name, text] of files) writeFileSync(join(directory, name), text);
  const env = { PATH: `${home}/bin:${process.env.PATH}`, MCLU_JOB: directory, MCLU_ID: id };
  const { status } = spawnSync("sh", [join(directory, "script")], { cwd: home, env });
  const read = (path: string) => (existsSync(join(home, path)) ? readFileSync(join(home, path), "utf8") : null);
  return { home, status, read, job: (name: string) => read(join(id, name)) };
}
