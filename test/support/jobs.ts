import type { JobDetails } from "../../src/node/jobs/job-record.ts";

/** A build that ran for a minute, different in what is given. */
export function job(different: Partial<JobDetails> = {}): JobDetails {
  return {
    ...{ id: "20261121-120000-abcdef", kind: "build", guest: "web1", template: "debian-12", client: "alice@desk" },
    ...{ state: "running", started: 1000, ended: null, elapsed: 60, stage: null, exitCode: null, reason: null },
    ...{ committed: false, rolledBack: false, idle: 0, orphaned: false },
    ...{ directory: "/var/lib/mclu/jobs/20261121-120000-abcdef", size: 4096, manifest: [], outcome: [] },
    ...different,
  };
}
