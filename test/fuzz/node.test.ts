import { fuzzAll } from "./fuzz-all.ts";
import { nodeTargets } from "./targets/node.ts";

fuzzAll(nodeTargets);
