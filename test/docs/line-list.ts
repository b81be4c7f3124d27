import { readFileSync } from "node:fs";

/** How a line of the documents is executed, or why it is not. */
export type Listed =
  | {
      readonly how: "run";
      /** What the shell ends with. */
      readonly code: number;
      /** What is typed at its question; `^C WORDS`: Ctrl-C, once these are on the screen. */
      readonly answer: string | undefined;
      /** No line of a document: it makes what the next ones are about. */
      readonly prepares: boolean;
      /** A look, which may be at the same time as those beside it. */
      readonly together: boolean;
    }
  /** `test/fleet/build.test.ts` */
  | { readonly how: "tested"; readonly files: readonly string[] }
  | { readonly how: "not run"; readonly reason: string };

export type ListedLine = { readonly text: string } & Listed;

/** test/docs/lines.txt: headings at the margin, and the lines below them. Throws for what it does not understand. */
export function listedLines(): readonly ListedLine[] {
  let heading = "";
  const listed: ListedLine[] = [];
  for (const line of readFileSync(new URL("lines.txt", import.meta.url), "utf8").split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    if (/^\S/.test(line)) heading = line;
    else listed.push(listedLine(heading, line.trim()));
  }
  return listed;
}

function listedLine(heading: string, line: string): ListedLine {
  const [, reason] = /^not run: (.+)/.exec(heading) ?? [];
  if (reason !== undefined) return { text: line, how: "not run", reason };
  if (heading.startsWith("test/")) return { text: line, how: "tested", files: heading.split(" ") };
  if (heading !== "run" && heading !== "run together") throw new Error(`lines.txt: no heading: ${heading}`);
  const [, plus, code = "0", answer, text = ""] = /^(\+ )?(?:\[(\d+)\] )?(?:<([^>]+)> )?(.*)$/.exec(line) ?? [];
  return { text, how: "run", code: Number(code), answer, prepares: plus !== undefined, together: heading !== "run" };
}
