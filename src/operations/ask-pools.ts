import { posix } from "node:path";
import type { ScannedImage } from "../libvirt/image-chains.ts";
import type { Pool } from "../libvirt/pools-query.ts";
import { type PoolDirectory, volumeImagesQuery, volumeNamesQuery } from "../libvirt/volume-images.ts";
import type { AskOptions, Node } from "../node/node.ts";

/** What a login cannot see for itself. */
export interface Unseen {
  /** Directories that it cannot list, or not even find. */
  readonly closed: readonly string[];
  /** Files that it cannot read. */
  readonly unread: readonly string[];
}

/**
 * Asks libvirt about what a login cannot see, where that is in a pool: a login in libvirt's group reads no image, and lists
 * not even the directory of a usual pool. `untold` is what libvirt says nothing of.
 */
export async function askPools(
  node: Node,
  { closed, unread }: Unseen,
  pools: readonly Pool[],
  ask: AskOptions,
): Promise<{ readonly images: readonly ScannedImage[]; readonly untold: readonly string[] }> {
  const wanted = new Set([...closed, ...unread.map((path) => posix.dirname(path))]);
  const places = pools.flatMap(({ uuid, directory }): readonly PoolDirectory[] =>
    directory !== null && wanted.has(directory) ? [{ uuid, directory }] : [],
  );
  if (places.length === 0) return { images: [], untold: [...closed, ...unread] };
  const lists = await node.ask(volumeNamesQuery(places), ask);
  const found = await node.ask(volumeImagesQuery(lists.flatMap((list) => list ?? [])), ask);
  let at = 0;
  const told = places.flatMap(({ directory }, index) => {
    const list = lists[index];
    const images = list?.map(() => found[at++] ?? null);
    return images ? [{ directory, images }] : [];
  });
  const isUnseen = (path: string) => closed.includes(posix.dirname(path)) || unread.includes(path);
  // of what was read libvirt may know what it was before
  const images = told.flatMap(({ images }) => images.flatMap((image) => (image && isUnseen(image.file) ? image : [])));
  const files = new Set(images.map(({ file }) => file));
  const whole = told.flatMap(({ directory, images }) => (images.includes(null) ? [] : [directory]));
  return {
    images,
    untold: [...closed.filter((place) => !whole.includes(place)), ...unread.filter((path) => !files.has(path))],
  };
}
