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
  if (named.startsWith("json:")) return [named, ...stringsIn(named).filter(isPath).map(bare)];
  return driver.test(named) ? [named, bare(named)] : [named];
}

/** qemu's names of what opens a path as it is. */
const driver = /^(?:file|host_device|host_cdrom):(?:\/\/(?=\/)|(?=\/))/;

function isPath(text: string): boolean {
  return text.startsWith("/") || driver.test(text);
}

function bare(path: string): string {
  return path.replace(driver, "");
}

/** Every text in a description, however deep. qemu takes one in single quotes as well, which is no JSON. */
function stringsIn(description: string): readonly string[] {
  const found: string[] = [];
  let [quote, begin] = ["", 0];
  for (let at = 0; at < description.length; at++) {
    const character = description.charAt(at);
    if (quote === "") {
      if (character === '"' || character === "'") [quote, begin] = [character, at + 1];
    } else if (character === "\\") at++;
    else if (character === quote) {
      found.push(unescaped(description.slice(begin, at)));
      quote = "";
    }
  }
  return found;
}

/** What stands between quotes, as qemu reads it; as it is where that is no text of JSON's. */
function unescaped(body: string): string {
  const inDouble = body.replace(/\\.|"/gs, (one) => (one === '"' ? '\\"' : one === "\\'" ? "'" : one));
  try {
    return String(JSON.parse(`"${inDouble}"`));
  } catch {
    return body;
  }
}
