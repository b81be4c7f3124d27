import { fuzzAll } from "./fuzz-all.ts";
import { changeTargets } from "./targets/changes.ts";

fuzzAll(changeTargets);
