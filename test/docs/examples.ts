import { readFileSync } from "node:fs";

/** The programs of docs/library.md, in order. */
export function libraryExamples(): readonly string[] {
  const page = readFileSync(new URL("../../docs/library.md", import.meta.url), "utf8");
  return [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = ""]) => code);
}
