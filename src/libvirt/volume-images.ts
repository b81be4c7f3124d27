import { parseVolume } from "./block.ts";
import { virshSteps, virshTexts } from "./domain-query.ts";
import type { ScannedImage } from "./image-chains.ts";
import type { Pool } from "./pools-query.ts";
import { type Query, understood } from "./query.ts";

/** A pool, and the directory where its volumes are. */
export type PoolDirectory = Pick<Pool, "uuid"> & { readonly directory: string };

/** A volume by what libvirt calls it, and its pool by UUID. */
export interface NamedVolume {
  readonly pool: string;
  readonly name: string;
}

/** Seconds that reading the directories of pools anew may take. */
const refreshSeconds = 60;

/** Has libvirt read the directories of pools anew; whether it did, in the order of the pools. */
export function refreshPoolsQuery(pools: readonly PoolDirectory[]): Query<readonly boolean[]> {
  const commands = pools.map(({ uuid }) => ["pool-refresh", "--pool", uuid]);
  // with a cap: one that may only read is answered too
  const steps = virshSteps(commands, refreshSeconds).map((step) => ({ ...step, access: "write" as const }));
  return { steps, parse: (answers) => virshTexts(steps, answers).map((text) => text !== "") };
}

/** The volumes of each pool, in the order of the pools; null where libvirt does not list them, or not so that they can be read. */
export function volumeNamesQuery(pools: readonly PoolDirectory[]): Query<readonly (readonly NamedVolume[] | null)[]> {
  const steps = virshSteps(pools.map(({ uuid }) => ["vol-list", "--pool", uuid]));
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return pools.map((pool, index) => parseNames(texts[index] ?? "", pool));
    },
  };
}

/** A name may have any blanks in it, and no slash: the path is told by its directory. */
function parseNames(text: string, { uuid, directory }: PoolDirectory): readonly NamedVolume[] | null {
  const [head, rule, ...lines] = text.split("\n");
  if (!head?.trim().startsWith("Name") || !rule?.startsWith("---")) return null;
  const names = lines.map((line) => {
    const at = line.lastIndexOf(` ${directory}/`);
    return at < 0 ? null : line.slice(at + directory.length + 2);
  });
  return names.some((name) => name === null || name === "" || name.includes("/"))
    ? null
    : names.map((name) => ({ pool: uuid, name: name ?? "" }));
}

/**
 * What libvirt itself, which may read every file, says that volumes are backed by; null where it says nothing of one. Of a
 * file that holds the content of an image libvirt says nothing, nor of what came into the pool since it was last refreshed.
 */
export function volumeImagesQuery(volumes: readonly NamedVolume[]): Query<readonly (ScannedImage | null)[]> {
  const steps = virshSteps(volumes.map(({ pool, name }) => ["vol-dumpxml", "--pool", pool, "--vol", name]));
  return {
    steps,
    parse(answers) {
      const texts = virshTexts(steps, answers);
      return volumes.map((_, index) => {
        const found = understood(() => parseVolume(texts[index] ?? ""));
        if (!found?.path) return null;
        const { path, backing } = found;
        return { file: path, backing: backing?.path ?? null, backingFormat: backing?.format ?? null, dataFile: null };
      });
    },
  };
}
