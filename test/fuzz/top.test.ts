import { fuzzAll } from "./fuzz-all.ts";
import { topTargets } from "./targets/top.ts";

fuzzAll(topTargets);
