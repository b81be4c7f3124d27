import { virshSteps, virshTexts } from "./domain-query.ts";
import { type PoolSpace, parsePoolSpace } from "./node-details.ts";
import { type Query, UnexpectedOutput } from "./query.ts";
import { attribute, child, parseXml, textOf } from "./xml.ts";

export interface PoolPlace {
  /** `dir`, `netfs`, `logical` ... */
  readonly type: string;
  /** Directory on the node; null for pools that have none. */
  readonly path: string | null;
}

export type FoundPool = PoolSpace & PoolPlace;

/** The kinds of pool whose volumes are files in one directory. */
export const filePoolTypes: readonly string[] = ["dir", "fs", "netfs"];

/** Asks where a pool is and what room it has; null: there is no such pool. */
export function poolPlaceQuery(name: string): Query<FoundPool | null> {
  const steps = virshSteps([
    ["pool-dumpxml", "--pool", name],
    ["pool-info", "--pool", name, "--bytes"],
  ]);
  return {
    steps,
    parse(answers) {
      const [place = "", space = ""] = virshTexts(steps, answers);
      return readPool(name, place, space);
    },
  };
}

/** Reads `virsh pool-dumpxml` and `pool-info --bytes`; null where the first said nothing. Throws UnexpectedOutput. */
export function readPool(name: string, place: string, info: string): FoundPool | null {
  if (place === "") return null;
  const space = parsePoolSpace(name, info);
  const root = parseXml(place, "pool");
  const type = attribute(root, "type");
  if (space === null || type === null)
    throw new UnexpectedOutput("virsh pool-dumpxml and pool-info", `${place}${info}`);
  return { ...space, type, path: textOf(child(root, "target", "path")) };
}
