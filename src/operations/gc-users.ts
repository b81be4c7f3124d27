import { filesQuery } from "../libvirt/files-query.ts";
import type { Node } from "../node/node.ts";
import { neighboursOf } from "./delete/neighbours.ts";
import type { JobCleaning } from "./gc-plan.ts";

/** Which guest of its node uses a file; null where libvirt does not say what guests use. */
export type FileUsers = ((path: string) => string | undefined) | null;

/**
 * Asks a node which of its guests name these files: by whatever path, as a volume, as they are, as they will be, or in a
 * snapshot.
 */
export async function fileUsers(
  node: Node,
  paths: readonly string[],
  signal: AbortSignal | undefined,
): Promise<FileUsers> {
  try {
    const named = new Map<string, string>();
    for (const { name, names } of await neighboursOf(node, signal)) {
      if (names === null) return null;
      for (const path of names.paths) named.set(path, name);
    }
    const all = [...new Set([...paths, ...named.keys()])];
    const facts = await node.ask(filesQuery(all), { signal, patient: true });
    const identities = new Map(all.map((path, index) => [path, facts[index]?.target ?? path]));
    return (path) => [...named].find(([other]) => identities.get(other) === identities.get(path))?.[1];
  } catch (error) {
    if (signal?.aborted) throw error;
    return null;
  }
}

/** A job stays as it is while a guest uses one of its files, or nobody can say whether one does. */
export function withoutUsed(plan: JobCleaning, users: FileUsers): JobCleaning {
  const kept = plan.items.flatMap(({ kind, node, path }) => {
    if (kind !== "file") return [];
    if (users === null) return [{ node, path, reason: "libvirt does not say whether a guest uses it" }];
    const user = users(path);
    return user === undefined ? [] : [{ node, path, reason: `the guest ${user} uses it` }];
  });
  return kept.length > 0 ? { items: [], kept: [...plan.kept, ...kept] } : plan;
}
