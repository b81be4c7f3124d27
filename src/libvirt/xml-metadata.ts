import type { MetadataEntry } from "./domain-details.ts";
import { attribute, children, textOf, type XmlElement } from "./xml.ts";

/** Reads `<metadata>`. Programs put anything there: what has no text and no id is left out. */
export function parseMetadata(metadata: XmlElement | undefined): MetadataEntry[] {
  return children(metadata).map((element) => {
    const fields = new Map<string, string>();
    collect(element, fields, 0);
    return {
      namespace: element.namespaceURI ?? "",
      name: localName(element),
      fields: toRecord(fields),
    };
  });
}

function collect(element: XmlElement, fields: Map<string, string>, depth: number): void {
  const inner = children(element);
  const value = inner.length === 0 ? (textOf(element) ?? attribute(element, "id")) : attribute(element, "id");
  const name = localName(element);
  if (value !== null && !fields.has(name)) fields.set(name, value);
  if (depth < 8) for (const below of inner) collect(below, fields, depth + 1);
}

/** Without its namespace's prefix. */
function localName({ nodeName }: XmlElement): string {
  return nodeName.slice(nodeName.indexOf(":") + 1);
}

function toRecord(fields: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(fields);
}
