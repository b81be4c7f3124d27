/** Version of every JSON document mclu prints; raised when a field changes its meaning or goes away. */
export const schemaVersion = 1;

/**
 * One JSON document: `schema`, `kind` and the report itself. Characters that a terminal would act on are written as
 * `\uXXXX`, which every JSON reader turns back into the very same text.
 */
export function renderJson(kind: string, report: object): string {
  const text = JSON.stringify({ schema: schemaVersion, kind, ...report }, null, 2);
  const hidden = /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
  return `${text.replace(hidden, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`)}\n`;
}
