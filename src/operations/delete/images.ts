import { posix } from "node:path";
import { parseDomain } from "../../libvirt/domain-xml.ts";
import { type FileFacts, filesQuery } from "../../libvirt/files-query.ts";
import { allPoolsQuery, poolsQuery } from "../../libvirt/pools-query.ts";
import { UnexpectedOutput } from "../../libvirt/query.ts";
import type { Node } from "../../node/node.ts";
import { type NodeScan, scanImages } from "../scan-images.ts";
import { fileVolumes } from "./fate.ts";
import type { Neighbour } from "./neighbours.ts";

/** What the images of a node are based on, and what is at every path that they and its guests name. */
export interface NodeImages {
  readonly node: string;
  /** The directories and files whose images were read. */
  readonly places: readonly string[];
  /** Files that guests write as they are: based on nothing, however they begin. */
  readonly raw: readonly string[];
  readonly scan: NodeScan;
  readonly file: (path: string) => FileFacts | null;
}

/** Seconds that reading all images of a node may take. */
const scanSeconds = 120;

/**
 * Asks a node about every image in its pools, beside these disks, and in use by its guests.
 * @param guests all of the node's
 * @param disks paths of disks that may be deleted there
 */
export async function readImages(
  node: Node,
  guests: readonly Neighbour[],
  disks: readonly string[],
  signal: AbortSignal | undefined,
): Promise<NodeImages> {
  const ask = { signal, patient: true, seconds: scanSeconds };
  const pools = await node.ask(poolsQuery(await node.ask(allPoolsQuery, ask)), ask);
  const places = new Set([
    // those of pools that are not active are files all the same
    ...pools.flatMap(({ type, directory }) =>
      directory !== null && (fileVolumes.has(type) || type === "logical") ? [directory] : [],
    ),
    ...disks.map((path) => posix.dirname(path)).filter((path) => !path.startsWith("/dev")),
  ]);
  const images = guests.flatMap(({ definitions }) =>
    imagesOf([definitions.now, definitions.next, ...(definitions.saved === undefined ? [] : [definitions.saved])]),
  );
  for (const { path } of images) if (!places.has(posix.dirname(path))) places.add(path);
  const written = images.map(({ path }) => path);
  const raw = rawOnly(images);
  const scan = await scanImages(node, [...places], {
    ...ask,
    raw,
    named: written,
    pools,
    fresh: true,
  });
  const named = guests.flatMap(({ names, variables }) => [
    ...(names?.paths ?? []),
    ...(variables === null ? [] : [variables]),
  ]);
  const backing = scan.images.flatMap((image) => [image.file, ...image.backing, ...image.data]);
  const paths = [...new Set([...disks, ...named, ...backing])].filter((path) => path.startsWith("/"));
  const facts = await node.ask(filesQuery(paths), ask);
  const files = new Map(paths.map((path, index) => [path, facts[index] ?? null]));
  return { node: node.name, places: [...places], raw, scan, file: (path) => files.get(path) ?? null };
}

function imagesOf(definitions: readonly string[]) {
  const images = definitions.flatMap((xml) => {
    try {
      return parseDomain(xml).disks;
    } catch (error) {
      // while there is such a guest every disk is kept
      if (error instanceof UnexpectedOutput) return [];
      throw error;
    }
  });
  return images.flatMap(({ type, source, format }) =>
    (type === "file" || type === "block") && source?.startsWith("/") ? [{ path: source, format: format ?? "raw" }] : [],
  );
}

/** Disks that every guest who has them writes as they are. */
function rawOnly(images: readonly { readonly path: string; readonly format: string }[]): readonly string[] {
  const formatted = new Set(images.filter(({ format }) => format !== "raw").map(({ path }) => path));
  return [...new Set(images.map(({ path }) => path))].filter((path) => !formatted.has(path) && !path.includes("\n"));
}
