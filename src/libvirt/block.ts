import { posix } from "node:path";
import { parseLabels } from "./node-info.ts";
import { wholeNumber } from "./number.ts";
import { UnexpectedOutput } from "./query.ts";
import { attribute, child, parseXml, textOf } from "./xml.ts";
import { sizeOf } from "./xml-size.ts";

/** One image of a chain, as `qemu-img info` sees it. */
export interface Image {
  readonly file: string;
  readonly format: string | null;
  /** What the guest sees, bytes. */
  readonly capacity: number | null;
  /** What it takes on the node's disk, bytes. */
  readonly allocation: number | null;
  /** The path of what it is an overlay of, as qemu-img worked it out. */
  readonly backing: string | null;
  /** What the image says that is; null: whoever opens it finds out by its first bytes. */
  readonly backingFormat: string | null;
  /** The file that holds its content, where a qcow2 image has one of its own for that. */
  readonly dataFile: string | null;
}

/** Sizes of a disk, bytes. */
export interface DiskSize {
  readonly capacity: number | null;
  readonly allocation: number | null;
}

/** Reads `qemu-img info --output=json --backing-chain`: the image itself, then what backs it. Throws UnexpectedOutput. */
export function parseImageChain(text: string): [Image, ...Image[]] {
  const chain = parseJson(text);
  if (!Array.isArray(chain) || chain.length === 0) throw new UnexpectedOutput("a list from qemu-img info", text);
  const readImage = (image: unknown) => {
    if (typeof image !== "object" || image === null || !("filename" in image) || typeof image.filename !== "string")
      throw new UnexpectedOutput("an image from qemu-img info", text);
    const { filename: file } = image;
    const format = "format" in image && typeof image.format === "string" ? image.format : null;
    const number = (key: "virtual-size" | "actual-size") => {
      const value = key in image ? (image as Record<string, unknown>)[key] : undefined;
      return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : null;
    };
    const named = ["full-backing-filename", "backing-filename"].map((key) => memberOf(image, key));
    const given = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);
    const backing = given(named[0]) ?? resolved(given(named[1]), file);
    const backingFormat = given(memberOf(image, "backing-filename-format"));
    const dataFile = dataFileOf(image, file);
    // no file's name has one, and no argument of a command can
    if (`${file}${backing}${dataFile}`.includes("\0")) throw new UnexpectedOutput("names from qemu-img info", "a NUL");
    return {
      file,
      format,
      backing,
      backingFormat,
      dataFile,
      capacity: number("virtual-size"),
      allocation: number("actual-size"),
    };
  };
  const [first, ...backing] = chain;
  return [readImage(first), ...backing.map(readImage)];
}

/** qemu-img gives it as the header has it: relative to the image, like a backing file, unless it names a protocol. */
function dataFileOf(image: object, file: string): string | null {
  const specific = memberOf(memberOf(image, "format-specific"), "data");
  const named = memberOf(specific, "data-file");
  return typeof named === "string" && named !== "" ? resolved(named, file) : null;
}

function resolved(named: string | null, file: string): string | null {
  if (named === null || /^[^/]*:/.test(named)) return named;
  return posix.resolve(posix.dirname(file), named);
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === "object" && value !== null ? Object.entries(value).find(([name]) => name === key)?.[1] : null;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new UnexpectedOutput("JSON from qemu-img info", text);
  }
}

/** Reads `virsh domblkinfo UUID TARGET`; numbers it does not give (an empty drive has none) are null. */
export function parseBlockInfo(text: string): DiskSize {
  const labels = parseLabels(text);
  const bytes = (label: string) => wholeNumber(labels.get(label));
  return { capacity: bytes("Capacity"), allocation: bytes("Allocation") };
}

export interface Volume extends DiskSize {
  readonly path: string | null;
  readonly format: string | null;
  /** What it is an overlay of. */
  readonly backing: { readonly path: string; readonly format: string | null } | null;
}

/** Reads `virsh vol-dumpxml`. Throws UnexpectedOutput. */
export function parseVolume(text: string): Volume {
  const volume = parseXml(text, "volume");
  const backing = textOf(child(volume, "backingStore", "path"));
  return {
    path: textOf(child(volume, "target", "path")),
    format: attribute(child(volume, "target", "format"), "type"),
    capacity: sizeOf(child(volume, "capacity")),
    allocation: sizeOf(child(volume, "allocation")),
    backing:
      backing === null ? null : { path: backing, format: attribute(child(volume, "backingStore", "format"), "type") },
  };
}
