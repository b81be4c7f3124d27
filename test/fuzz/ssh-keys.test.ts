import { fuzzAll } from "./fuzz-all.ts";
import { sshKeyTargets } from "./targets/ssh-keys.ts";

fuzzAll(sshKeyTargets);
