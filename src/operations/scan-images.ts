import { filesBeyond, followChains, type ImageScan, type ScannedImage } from "../libvirt/image-chains.ts";
import { imageScanQuery } from "../libvirt/image-scan.ts";
import type { AskOptions, Node } from "../node/node.ts";

export interface ScanOptions extends AskOptions {
  /** Files that guests write without a format. */
  readonly raw: readonly string[];
}

/** How far chains are followed outside the directories that are scanned as a whole: a question each. */
const farthest = 32;

/**
 * What the images of a node are based on, those that are based on anything: all in these directories, these files, and what they are backed by elsewhere.
 * Of what lies deeper than can be followed nobody can tell.
 */
export async function scanImages(
  node: Node,
  places: readonly string[],
  { raw, ...ask }: ScanOptions,
): Promise<ImageScan> {
  const images: ScannedImage[] = [];
  const unread: string[] = [];
  const directories = new Set(places.map((place) => place.replace(/(?<!\/)\/+$/, "")));
  const asked = new Set(places);
  let next = places;
  for (let depth = 0; next.length > 0 && depth < farthest; depth++) {
    // what images say is an image is one, also where some guest writes it as raw
    const found = await node.ask(imageScanQuery(next, depth === 0 ? raw : []), ask);
    images.push(...found.images);
    unread.push(...found.unread);
    next = filesBeyond(found.images, directories).filter((path) => !asked.has(path));
    for (const path of next) asked.add(path);
  }
  return { images: followChains(images), unread: [...unread, ...next] };
}
