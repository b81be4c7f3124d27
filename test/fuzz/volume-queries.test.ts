import { fuzzAll } from "./fuzz-all.ts";
import { volumeQueryTargets } from "./targets/volume-queries.ts";

fuzzAll(volumeQueryTargets);
