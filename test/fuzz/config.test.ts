import { fuzzAll } from "./fuzz-all.ts";
import { configTargets } from "./targets/config.ts";

fuzzAll(configTargets);
