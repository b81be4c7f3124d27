import { posix } from "node:path";
import { isNetworkFileSystem } from "../libvirt/file-system.ts";
import { filesQuery } from "../libvirt/files-query.ts";
import type { ScannedImage } from "../libvirt/image-chains.ts";
import type { Pool } from "../libvirt/pools-query.ts";
import { type VolumeHead, volumeHeadsQuery } from "../libvirt/volume-heads.ts";
import {
  type PoolDirectory,
  refreshPoolsQuery,
  volumeImagesQuery,
  volumeNamesQuery,
} from "../libvirt/volume-images.ts";
import type { AskOptions, Node } from "../node/node.ts";

/** What a login cannot see for itself. */
export interface Unseen {
  /** Directories that it cannot list, or not even find. */
  readonly closed: readonly string[];
  /** Files that it cannot read. */
  readonly unread: readonly string[];
}

export interface PoolsOptions extends AskOptions {
  /** libvirt reads the directories anew, and the first bytes of their files. */
  readonly fresh?: boolean | undefined;
  /** Files that guests write without a format: however they begin, they are based on nothing. */
  readonly raw: readonly string[];
  /** What one look has heard so far: of a pool libvirt is asked once. */
  readonly heard?: Heard | undefined;
}

/** By the UUID of a pool; null of one that libvirt does not list. */
export type Heard = Map<string, HeardPool | null>;

/** What libvirt says of what a login cannot see. */
export interface PoolsAnswer {
  readonly images: readonly ScannedImage[];
  /** What libvirt says nothing of. */
  readonly untold: readonly string[];
  /** What nobody can be sure of: the untold, what libvirt has not read anew, and what is based on more than it tells. */
  readonly unsure: readonly string[];
  /** Every file that it knows of, whether the login sees it or not. */
  readonly listed: readonly string[];
}

/**
 * Asks libvirt about what a login cannot see, where that is in a pool: a login in libvirt's group reads no image, and lists
 * not even the directory of a usual pool.
 */
export async function askPools(
  node: Node,
  { closed, unread }: Unseen,
  pools: readonly Pool[],
  { fresh = false, raw, heard = new Map(), ...ask }: PoolsOptions,
): Promise<PoolsAnswer> {
  const wanted = new Set([...closed, ...unread.map((path) => posix.dirname(path))]);
  const places = pools.flatMap(({ uuid, directory }): readonly PoolDirectory[] =>
    directory !== null && wanted.has(directory) ? [{ uuid, directory }] : [],
  );
  const nothing = [...closed, ...unread];
  if (places.length === 0) return { images: [], untold: nothing, unsure: nothing, listed: [] };
  const news = places.filter(({ uuid }) => !heard.has(uuid));
  if (news.length > 0) await hear(node, news, heard, { fresh, ...ask });
  const told = places.flatMap(({ uuid }) => heard.get(uuid) ?? []);
  const volumes = told.flatMap(({ volumes }) => volumes);
  const isSure = ({ path, isCertain }: Volume) => isCertain || raw.includes(path);
  const isUnseen = (path: string) => closed.includes(posix.dirname(path)) || unread.includes(path);
  const without = (isKnown: (volume: Volume) => boolean, places: readonly HeardPool[]) => {
    const whole = places.flatMap(({ directory, volumes }) => (volumes.every(isKnown) ? [directory] : []));
    const known = new Set(volumes.filter(isKnown).map(({ path }) => path));
    return [...closed.filter((place) => !whole.includes(place)), ...unread.filter((path) => !known.has(path))];
  };
  return {
    // of what was read libvirt may know what it was before
    images: volumes.flatMap(({ path, image }) => (image && isUnseen(path) && !raw.includes(path) ? image : [])),
    untold: without(({ image }) => image !== null, told),
    unsure: without(
      isSure,
      told.filter(({ isFar }) => !isFar),
    ),
    listed: volumes.map(({ path }) => path),
  };
}

async function hear(
  node: Node,
  places: readonly PoolDirectory[],
  heard: Heard,
  { fresh, ...ask }: AskOptions & { readonly fresh: boolean },
): Promise<void> {
  const refreshed = fresh ? await node.ask(refreshPoolsQuery(places), ask) : [];
  const facts = fresh ? await node.ask(filesQuery(places.map(({ directory }) => directory)), ask) : [];
  const lists = await node.ask(volumeNamesQuery(places), ask);
  const found = await node.ask(volumeImagesQuery(lists.flatMap((list) => list ?? [])), ask);
  let at = 0;
  for (const [index, { uuid, directory }] of places.entries()) {
    const list = lists[index];
    if (!list) {
      heard.set(uuid, null);
      continue;
    }
    const images = list.map(() => found[at++] ?? null);
    const heads = refreshed[index] ? await node.ask(volumeHeadsQuery(node.settings.uri, directory, list), ask) : [];
    const volumes = list.map(({ name }, place): Volume => {
      const image = images[place] ?? null;
      return { path: `${directory}/${name}`, image, isCertain: isCertain(heads[place], image) };
    });
    const isFar = fresh && isNetworkFileSystem(facts[index]?.fileSystem ?? "");
    heard.set(uuid, { directory, volumes, isFar });
  }
}

/** Of an image that names a base in its first bytes libvirt must know which. */
function isCertain(head: VolumeHead | undefined, image: ScannedImage | null): boolean {
  return head === "plain" || (head === "based" && image !== null && image.backing !== null);
}

interface Volume {
  readonly path: string;
  /** null: libvirt says nothing of it. */
  readonly image: ScannedImage | null;
  readonly isCertain: boolean;
}

/** A directory that libvirt lists, and all that is in it. */
interface HeardPool {
  readonly directory: string;
  readonly volumes: readonly Volume[];
  /** There root may be nobody, and libvirt leaves out what it cannot open without a word: its list may not be whole. */
  readonly isFar: boolean;
}
