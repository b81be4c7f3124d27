import { fuzzAll } from "./fuzz-all.ts";
import { jobTargets } from "./targets/jobs.ts";

fuzzAll(jobTargets);
