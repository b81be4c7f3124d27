import { fileKindsQuery, kindSeconds } from "../libvirt/file-kinds.ts";
import {
  type FileKinds,
  filesOf,
  type StorageFacts,
  type StorageSubject,
  storageQuery,
  storageSeconds,
} from "../libvirt/storage-query.ts";
import type { AskOptions, Node } from "../node/node.ts";

/** What the files of guests' disks are, which `storageQuery` has to know before it asks about one of them. */
export async function readFileKinds(
  node: Node,
  subjects: readonly StorageSubject[],
  options: AskOptions,
): Promise<FileKinds> {
  const paths = filesOf(subjects);
  if (paths.length === 0) return new Map();
  const seconds = Math.max(kindSeconds, node.settings.readTimeout);
  const kinds = await node.ask(fileKindsQuery(paths), { ...options, seconds });
  return new Map(paths.map((path, index) => [path, kinds[index] ?? null]));
}

/** Sizes, backing chains and snapshots of some guests. */
export async function readStorage(
  node: Node,
  subjects: readonly StorageSubject[],
  options: AskOptions,
): Promise<readonly StorageFacts[]> {
  const kinds = await readFileKinds(node, subjects, options);
  const seconds = Math.max(storageSeconds(subjects), node.settings.readTimeout);
  return node.ask(storageQuery(subjects, kinds), { ...options, seconds });
}
