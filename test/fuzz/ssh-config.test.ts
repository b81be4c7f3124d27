import { fuzzAll } from "./fuzz-all.ts";
import { sshConfigTargets } from "./targets/ssh-config.ts";

fuzzAll(sshConfigTargets);
