import { fuzzAll } from "./fuzz-all.ts";
import { lookQueryTargets } from "./targets/look-queries.ts";

fuzzAll(lookQueryTargets);
