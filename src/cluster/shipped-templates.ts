import { fileURLToPath } from "node:url";

/** Set by the bundler: where the shipped templates lie, seen from the file this ends up in. */
declare const MCLU_TEMPLATES: string;

/** Absolute path of the templates that come with mclu. */
export function shippedTemplates(): string {
  return fileURLToPath(new URL(MCLU_TEMPLATES, import.meta.url));
}
