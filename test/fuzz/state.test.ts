import { fuzzAll } from "./fuzz-all.ts";
import { stateTargets } from "./targets/state.ts";

fuzzAll(stateTargets);
