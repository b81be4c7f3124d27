import { posix } from "node:path";
import { filesBeyond, followChains, type ImageScan, type ScannedImage } from "../libvirt/image-chains.ts";
import { imageScanQuery } from "../libvirt/image-scan.ts";
import type { Pool } from "../libvirt/pools-query.ts";
import type { AskOptions, Node } from "../node/node.ts";
import { askPools, type Heard } from "./ask-pools.ts";

export interface ScanOptions extends AskOptions {
  /** Files that guests write without a format. */
  readonly raw: readonly string[];
  /** Files that are looked at by their names where their directory cannot be listed. */
  readonly named: readonly string[];
  /** Whom to ask about what this login cannot see. */
  readonly pools: readonly Pool[];
  /** Has libvirt read anew what this login cannot see: what it is certain of then is as good as read. */
  readonly fresh?: boolean;
}

/** A place where there may be images that nobody tells of. */
export interface UntoldPlace {
  readonly path: string;
  /** This login cannot see what is there; else it can, and it is not understood. */
  readonly isHidden: boolean;
}

/** What images of a node say that they are based on. */
export interface NodeScan extends ImageScan {
  /** Those of the unread of which libvirt says nothing either. What it does say may be older than the files. */
  readonly untold: readonly UntoldPlace[];
}

/** How far chains are followed outside the directories that are scanned as a whole: a question each. */
const farthest = 32;

/**
 * What the images of a node are based on, those that are based on anything: all in these directories, these files, and what they are backed by elsewhere.
 * Of what lies deeper than can be followed nobody can tell. What this login cannot see is unread, whatever libvirt says of it,
 * unless that is `fresh` and certain.
 */
export async function scanImages(
  node: Node,
  places: readonly string[],
  { raw, named, pools, fresh, ...ask }: ScanOptions,
): Promise<NodeScan> {
  const images: ScannedImage[] = [];
  const told: ScannedImage[] = [];
  const unread: string[] = [];
  const untold: UntoldPlace[] = [];
  const directories = new Set(places.map(withoutSlash));
  const asked = new Set(places);
  const looked = named.filter((path) => !raw.includes(path));
  const heard: Heard = new Map();
  let next = places;
  for (let depth = 0; next.length > 0 && depth < farthest; depth++) {
    // what images say is an image is one, also where some guest writes it as raw
    const found = await node.ask(imageScanQuery(next, depth === 0 ? raw : []), ask);
    const answer = await askPools(node, found, pools, { ...ask, raw: depth === 0 ? raw : [], fresh, heard });
    images.push(...found.images);
    told.push(...answer.images);
    unread.push(...(fresh ? answer.unsure : [...found.closed, ...found.unread]));
    untold.push(...answer.untold.map((path) => ({ path, isHidden: !found.broken.includes(path) })));
    for (const place of found.closed) directories.delete(withoutSlash(place));
    // what libvirt has read anew needs no look of its own
    if (fresh) for (const path of answer.listed) asked.add(path);
    const beyond = [
      ...filesBeyond([...found.images, ...answer.images], directories),
      ...(depth === 0 ? inPlaces(looked, found.closed) : []),
    ];
    next = [...new Set(beyond)].filter((path) => !asked.has(path));
    for (const path of next) asked.add(path);
  }
  return {
    images: followChains([...told, ...images]),
    unread: [...unread, ...next],
    untold: [...untold, ...next.map((path) => ({ path, isHidden: false }))],
  };
}

function withoutSlash(place: string): string {
  return place.replace(/(?<!\/)\/+$/, "");
}

function inPlaces(files: readonly string[], places: readonly string[]): readonly string[] {
  const directories = new Set(places.map(withoutSlash));
  return files.filter((path) => directories.has(posix.dirname(path)));
}
