import type { Image } from "./block.ts";

/** What an image says of itself. */
export type ScannedImage = Pick<Image, "file" | "backing" | "backingFormat" | "dataFile">;

/** Images and what each is backed by. */
export interface ImageScan {
  readonly images: readonly {
    readonly file: string;
    /** Nearest first; as qemu-img names them. */
    readonly backing: readonly string[];
    /** Files that hold the content of it, or of what it is backed by, and are no images themselves. */
    readonly data: readonly string[];
  }[];
  /** Files of which qemu-img could not say what they are backed by. */
  readonly unread: readonly string[];
}

/**
 * Follows every image down to its ground, each file at most once: a chain may be a ring. What an image says is raw ends the
 * chain there, however it begins: a guest may have written that. The last it names is in it, whether it was scanned or not.
 */
export function followChains(images: readonly ScannedImage[]): ImageScan["images"] {
  const byFile = new Map(images.map((image) => [image.file, image]));
  return images.map((image) => {
    const backing = new Set<string>();
    const data = new Set<string>();
    const ahead = [image];
    for (let one = ahead.shift(); one; one = ahead.shift()) {
      if (one.dataFile !== null) for (const path of pathsOf(one.dataFile)) data.add(path);
      for (const path of one.backing === null ? [] : pathsOf(one.backing)) {
        if (backing.has(path) || path === image.file) continue;
        backing.add(path);
        const next = one.backingFormat === "raw" ? undefined : byFile.get(path);
        if (next) ahead.push(next);
      }
    }
    return { file: image.file, backing: [...backing], data: [...data] };
  });
}

/** Files of the node that images are backed by as images, and that were in none of these directories. */
export function filesBeyond(images: readonly ScannedImage[], places: ReadonlySet<string>): readonly string[] {
  const named = images.flatMap(({ backing, backingFormat }) =>
    backing === null || backingFormat === "raw" ? [] : pathsOf(backing),
  );
  const isBeyond = (path: string) => path.startsWith("/") && !places.has(path.slice(0, path.lastIndexOf("/")));
  return [...new Set(named)].filter(isBeyond);
}

/** What an image names, and the files in it: with the name of a driver (`file:`), or somewhere in a description (`json:`). */
function pathsOf(named: string): readonly string[] {
  if (named.startsWith("json:")) return [named, ...stringsIn(named.slice("json:".length)).filter(isPath).map(bare)];
  return named.startsWith("file:/") ? [named, bare(named)] : [named];
}

function isPath(text: string): boolean {
  return text.startsWith("/") || text.startsWith("file:/");
}

function bare(path: string): string {
  return path.replace(/^file:(?:\/\/(?=\/))?/, "");
}

/** Every text in a JSON document, however deep; none in what is no such document. */
function stringsIn(json: string): readonly string[] {
  const found: string[] = [];
  try {
    JSON.parse(json, (_, value: unknown) => {
      if (typeof value === "string") found.push(value);
      return value;
    });
  } catch {
    return [];
  }
  return found;
}
