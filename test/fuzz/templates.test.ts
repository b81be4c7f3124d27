import { fuzzAll } from "./fuzz-all.ts";
import { templateTargets } from "./targets/templates.ts";

fuzzAll(templateTargets);
