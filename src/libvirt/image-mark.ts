import type { MetadataEntry } from "./domain-details.ts";

/** Namespace of our mark in a guest's <metadata> that makes an image of it. */
export const imageNamespace = "urn:mclu:image:1";

/** Whether a guest counts as an image once it is shut off: by its name, as Maglica had it, or by its mark. */
export function isImage(name: string, metadata: readonly MetadataEntry[]): boolean {
  return isNamedImage(name) || isMarkedImage(metadata);
}

export function isNamedImage(name: string): boolean {
  return name.endsWith("original");
}

export function isMarkedImage(metadata: readonly MetadataEntry[]): boolean {
  return metadata.some(({ namespace }) => namespace === imageNamespace);
}
