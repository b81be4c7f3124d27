import { attribute, children, parseXml, textOf, type XmlElement } from "./xml.ts";

/** What a definition names on its node: every absolute path in it, wherever it stands, and volumes as `POOL VOLUME`. */
export interface NamedFiles {
  readonly paths: readonly string[];
  readonly volumes: readonly string[];
}

/** A volume as `NamedFiles` has it. libvirt forbids newlines in both names. */
export function volumeKey(pool: string, volume: string): string {
  return `${pool}\n${volume}`;
}

/**
 * The same with the path of each volume, by the directory of its pool: libvirt itself says it of active pools alone. A
 * volume of a pool that there is not may be in any directory, and is one of the pool "" as well.
 */
export function withVolumePaths(
  { paths, volumes }: NamedFiles,
  pools: readonly { readonly name: string; readonly directory: string | null }[],
): NamedFiles {
  const found = volumes.map((key) => {
    const [pool = "", volume = ""] = key.split("\n");
    return { volume, pool: pools.find(({ name }) => name === pool) };
  });
  return {
    paths: [...paths, ...found.flatMap(({ volume, pool }) => (pool?.directory ? [`${pool.directory}/${volume}`] : []))],
    volumes: [...volumes, ...found.flatMap(({ volume, pool }) => (pool ? [] : [volumeKey("", volume)]))],
  };
}

/**
 * Reads a domain, or a snapshot of one. Knows no element by name, so that no disk, firmware, kernel or overlay is missed
 * that some version writes somewhere else. Throws UnexpectedOutput.
 */
export function readNamedFiles(xml: string, root: "domain" | "domainsnapshot"): NamedFiles {
  const paths = new Set<string>();
  const volumes = new Set<string>();
  const visit = (element: XmlElement) => {
    for (const { value } of element.attributes) if (value.startsWith("/")) paths.add(value);
    const inner = children(element);
    const text = inner.length === 0 ? textOf(element) : null;
    if (text?.startsWith("/")) paths.add(text);
    const [pool, volume] = [attribute(element, "pool"), attribute(element, "volume")];
    if (pool !== null && volume !== null) volumes.add(volumeKey(pool, volume));
    for (const below of inner) visit(below);
  };
  visit(parseXml(xml, root));
  return { paths: [...paths], volumes: [...volumes] };
}
