import { expect, it } from "vitest";
import { markScript, unmarkScript } from "../../../src/operations/clone/base-shell.ts";
import type { CloneJob } from "../../../src/operations/clone/clone-job.ts";
import { runStages } from "../../support/run-stages.ts";

const job = { uri: "qemu:///system", target: { image: { name: "o", uuid: "u" } } } as unknown as CloneJob;
const programs = { flock: "exit 1", virsh: "echo '<domain/>'" };

it("says why a base is not marked while another job holds the lock, and keeps a job's own reason when it unmarks", () => {
  const mark = { name: "mark the base", script: markScript(job, ["virsh", "metadata"]) };
  const marked = runStages([mark], { programs });
  expect([marked.status, marked.job("reason")]).toEqual([1, expect.stringMatching(/^busy .*by another job/)]);
  const unmark = {
    name: "x",
    script: `echo 'copy x' >"$MCLU_JOB/reason"; : >"$MCLU_JOB/first-mark"\n${unmarkScript(job)}`,
  };
  const unmarked = runStages([unmark], { programs });
  expect([unmarked.status, unmarked.job("reason")]).toEqual([1, "copy x\n"]);
  expect(runStages([mark], { programs: { ...programs, flock: "" } }).status).toBe(0);
});
