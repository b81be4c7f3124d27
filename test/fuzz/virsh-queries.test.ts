import { fuzzAll } from "./fuzz-all.ts";
import { virshQueryTargets } from "./targets/virsh-queries.ts";

fuzzAll(virshQueryTargets);
