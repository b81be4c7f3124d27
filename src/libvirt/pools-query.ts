import { virshSteps, virshTexts } from "./domain-query.ts";
import { parseUuids } from "./domains.ts";
import type { Query } from "./query.ts";
import { attribute, child, parseXml, textOf } from "./xml.ts";

export interface Pool {
  readonly uuid: string;
  readonly name: string;
  /** `dir`, `fs`, `netfs`, `logical`, `rbd` ... */
  readonly type: string;
  /** The directory of its volumes, where it has one. */
  readonly directory: string | null;
}

/** UUIDs of the pools that are active. Throws UnexpectedOutput for what is none. */
export const activePoolsQuery: Query<readonly string[]> = {
  steps: virshSteps([["pool-list", "--uuid"]]),
  parse: (answers) => virshTexts(activePoolsQuery.steps, answers).flatMap(parseUuids),
};

/** UUIDs of all pools, the inactive ones too. */
export const allPoolsQuery: Query<readonly string[]> = {
  steps: virshSteps([["pool-list", "--all", "--uuid"]]),
  parse: (answers) => virshTexts(allPoolsQuery.steps, answers).flatMap(parseUuids),
};

/** Pools by UUID; those that are gone are left out. */
export function poolsQuery(uuids: readonly string[]): Query<readonly Pool[]> {
  const steps = virshSteps(uuids.map((uuid) => ["pool-dumpxml", uuid]));
  return {
    steps,
    parse(answers) {
      return virshTexts(steps, answers).flatMap((text, index) => {
        if (text === "") return [];
        const pool = parseXml(text, "pool");
        return {
          uuid: uuids[index] ?? "",
          name: child(pool, "name")?.textContent ?? "",
          type: attribute(pool, "type") ?? "",
          directory: textOf(child(pool, "target", "path")),
        };
      });
    },
  };
}

/** A volume as libvirt finds it. */
export interface FoundVolume {
  /** UUID of its pool. */
  readonly pool: string;
  readonly name: string;
  readonly path: string;
}

/** Which volume is at a path, or has a name in a pool. */
export type VolumeQuestion = { readonly path: string } | { readonly pool: string; readonly name: string };

const commandsPerVolume = 2;

/** The volumes, in the order of the questions; null where no active pool knows one. */
export function volumesQuery(questions: readonly VolumeQuestion[]): Query<readonly (FoundVolume | null)[]> {
  const steps = virshSteps(
    questions.flatMap((question) =>
      "path" in question
        ? [
            ["vol-pool", "--uuid", "--vol", question.path],
            ["vol-name", "--vol", question.path],
          ]
        : [
            ["pool-uuid", "--pool", question.pool],
            ["vol-path", "--vol", question.name, "--pool", question.pool],
          ],
    ),
  );
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return questions.map((question, index) => {
        const [pool = "", other = ""] = texts.slice(index * commandsPerVolume, (index + 1) * commandsPerVolume);
        if (pool === "" || other === "") return null;
        return "path" in question
          ? { pool, name: other, path: question.path }
          : { pool, name: question.name, path: other };
      });
    },
  };
}
