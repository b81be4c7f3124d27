import { virshSteps, virshTexts } from "./domain-query.ts";
import { parseUuids } from "./domains.ts";
import type { Query } from "./query.ts";
import { child, parseXml } from "./xml.ts";

export interface Definition {
  readonly uuid: string;
  readonly name: string;
  readonly xml: string;
}

/** UUIDs of everything of two kinds that a node has defined, active or not. */
export const definedQuery: Query<{ readonly networks: readonly string[]; readonly pools: readonly string[] }> = {
  steps: virshSteps([
    ["net-list", "--all", "--uuid"],
    ["pool-list", "--all", "--uuid"],
  ]),
  parse(answers) {
    const [networks = [], pools = []] = virshTexts(definedQuery.steps, answers).map(parseUuids);
    return { networks, pools };
  },
};

/** What networks (`net`) or pools (`pool`) will be at their next start; those that are gone are left out. */
export function definitionsQuery(kind: "net" | "pool", uuids: readonly string[]): Query<readonly Definition[]> {
  // the test driver knows no --inactive here
  const steps = virshSteps(
    uuids.flatMap((uuid) => [
      [`${kind}-dumpxml`, uuid, "--inactive"],
      [`${kind}-dumpxml`, uuid],
    ]),
  );
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return uuids.flatMap((uuid, index) => {
        const xml = texts[2 * index] || texts[2 * index + 1];
        if (!xml) return [];
        const root = parseXml(xml, kind === "net" ? "network" : "pool");
        return [{ uuid, name: child(root, "name")?.textContent ?? "", xml }];
      });
    },
  };
}
