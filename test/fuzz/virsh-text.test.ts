import { fuzzAll } from "./fuzz-all.ts";
import { virshTextTargets } from "./targets/virsh-text.ts";

fuzzAll(virshTextTargets);
