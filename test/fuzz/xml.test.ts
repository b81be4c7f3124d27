import { fuzzAll } from "./fuzz-all.ts";
import { xmlTargets } from "./targets/xml.ts";

fuzzAll(xmlTargets);
