import { fuzzAll } from "./fuzz-all.ts";
import { domainXmlTargets } from "./targets/domain-xml.ts";

fuzzAll(domainXmlTargets);
