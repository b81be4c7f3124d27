import { cleanJson } from "./clean.ts";

/** Version of every JSON document mclu prints; raised when a field changes its meaning or goes away. */
export const schemaVersion = 1;

/**
 * One JSON document: `schema`, `kind` and the report itself. Characters that a terminal would act on are written as
 * `\uXXXX`, which every JSON reader turns back into the very same text.
 */
export function renderJson(kind: string, report: object): string {
  const text = JSON.stringify({ schema: schemaVersion, kind, ...report }, null, 2);
  return `${cleanJson(text)}\n`;
}
