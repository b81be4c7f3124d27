import { fuzzAll } from "./fuzz-all.ts";
import { placeQueryTargets } from "./targets/place-queries.ts";

fuzzAll(placeQueryTargets);
