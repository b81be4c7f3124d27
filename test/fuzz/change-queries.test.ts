import { fuzzAll } from "./fuzz-all.ts";
import { changeQueryTargets } from "./targets/change-queries.ts";

fuzzAll(changeQueryTargets);
