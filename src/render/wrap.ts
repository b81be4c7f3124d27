import { displayWidth } from "./width.ts";

interface Hanging {
  /** What stands before the first line, and before the others. */
  readonly first: string;
  readonly rest: string;
  /** What ends a line that goes on. */
  readonly more?: string;
}

/** Words on lines of at most so many columns; one that is longer stands on a line of its own. */
export function wrapWords(words: readonly string[], columns: number, { first, rest, more = "" }: Hanging): string {
  const lines: string[] = [];
  let line = first + (words[0] ?? "");
  for (const word of words.slice(1)) {
    if (displayWidth(`${line} ${word}${more}`) > columns) {
      lines.push(line + more);
      line = rest + word;
    } else line += ` ${word}`;
  }
  return [...lines, line].join("\n");
}

/** Columns that are enough for an explanation beside what it explains. */
const enough = 24;

/**
 * A help text on a screen of so many columns, which would break longer lines in the middle of a word. What fits stays as it
 * is. Paragraphs are wrapped anew; commands go on behind a backslash, so that they can be typed as they stand.
 */
export function fitHelp(text: string, columns: number): string {
  return text.replace(/^\S.*(?:\n\S.*)*|^ .*/gm, (block) => {
    if (block.split("\n").every((line) => displayWidth(line) <= columns)) return block;
    return /^\S/.test(block)
      ? wrapWords(block.split(/\s+/), columns, { first: "", rest: "" })
      : fitLine(block, columns);
  });
}

/** An indented line: a term or a command, and what is said of it, two blanks behind it or more. */
function fitLine(line: string, columns: number): string {
  const { indent, term, gap, meaning } = partsOf(line);
  const hanging = `${indent}    `;
  const column = indent.length + term.length + gap.length;
  if (meaning !== "" && columns - column >= enough)
    return wrapWords(meaning.split(" "), columns, { first: indent + term + gap, rest: " ".repeat(column) });
  const head = /\bmclu /.test(term)
    ? wrapWords(wordsOfShell(term), columns, { first: indent, rest: hanging, more: " \\" })
    : wrapWords(term.split(" "), columns, { first: indent, rest: hanging });
  return meaning === ""
    ? head
    : `${head}\n${wrapWords(meaning.split(" "), columns, { first: hanging, rest: hanging })}`;
}

/** Found from the left: a pattern for the whole would begin anew at each blank. */
function partsOf(line: string) {
  const indent = /^ +/.exec(line)?.[0] ?? "";
  const text = line.slice(indent.length);
  const [gap = ""] = / {2,}/.exec(text.trimEnd()) ?? [];
  if (gap === "") return { indent, term: text, gap, meaning: "" };
  const end = text.indexOf(gap);
  return { indent, term: text.slice(0, end), gap, meaning: text.slice(end + gap.length) };
}

/** What is quoted is one word, whatever blanks are in it. */
function wordsOfShell(line: string): readonly string[] {
  return line.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
}
