import { posix } from "node:path";
import { type FoundPool, filePoolTypes, poolPlaceQuery } from "../../libvirt/pool-place.ts";
import type { Node } from "../../node/node.ts";
import { readPools } from "../delete/candidates.ts";

export type NamedPool = FoundPool & { readonly name: string };

/** The pools of a node whose volumes are files of a directory, by that directory. Rejects with NodeError. */
export async function directoriesOf(
  node: Node,
  signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, NamedPool>> {
  const ask = { signal, patient: true };
  const pools = (await readPools(node, signal)).filter(({ type }) => filePoolTypes.includes(type));
  const found = await Promise.all(pools.map(({ name }) => node.ask(poolPlaceQuery(name), ask)));
  return new Map(
    pools.flatMap(({ name, directory }, index): [string, NamedPool][] => {
      const place = found[index];
      return place && directory !== null ? [[posix.normalize(directory), { ...place, name }]] : [];
    }),
  );
}
