import { fuzzAll } from "./fuzz-all.ts";
import { nameTargets } from "./targets/names.ts";

fuzzAll(nameTargets);
