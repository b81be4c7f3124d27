/** A command line as far as it was typed, without what the shell would make of it: nothing is expanded, nothing is run. */
export interface TypedLine {
  /** The words before the last one, quotes removed; the first is the program. */
  readonly words: readonly string[];
  /** The last word, which is being typed; "" behind a blank. */
  readonly current: string;
  /** The last word as it stands on the line. */
  readonly raw: string;
}

/** Splits a line as a POSIX shell splits it into words. */
export function splitTyped(line: string): TypedLine {
  const words: string[] = [];
  let word = "";
  let raw = "";
  let quote = "";
  for (let at = 0; at < line.length; at++) {
    const char = line[at] ?? "";
    const isBlank = quote === "" && (char === " " || char === "\t" || char === "\n");
    if (isBlank) {
      if (raw !== "") words.push(word);
      word = "";
      raw = "";
      continue;
    }
    raw += char;
    if (quote !== "'" && char === "\\") {
      const next = line[++at] ?? "";
      raw += next;
      word += next;
    } else if (quote === "" && (char === "'" || char === '"')) quote = char;
    else if (quote === char) quote = "";
    else word += char;
  }
  return { words, current: word, raw };
}

/** Characters that mean nothing to bash in the middle of a word. */
const plain = /^[A-Za-z0-9_./@:,+%=^-]$/;

/**
 * What bash has to put in the place of the word it completes for the last word of a line to become this one: it inserts
 * what it is given as it is, and it takes the end behind one of its own break characters for the word. Undefined where
 * the word cannot be written so.
 * @param breaks $COMP_WORDBREAKS
 */
export function forBash(word: string, raw: string, breaks: string): string | undefined {
  const [quote = ""] = /^["']/.exec(raw) ?? [];
  // a quote in the middle, or behind the one that was opened: bash would put the word behind it
  if (/["']/.test(raw.slice(quote.length).replaceAll(/\\./gs, ""))) return undefined;
  // bash closes the quotes itself
  if (quote === "'") return word.includes("'") ? undefined : word;
  if (quote === '"') return word.includes("!") ? undefined : word.replaceAll(/["$`\\]/g, "\\$&");
  const escaped = [...word].map((char) => (plain.test(char) ? char : `\\${char}`)).join("");
  const unescaped = raw.replaceAll(/\\./gs, "xx");
  const last = Math.max(-1, ...[...breaks].map((char) => unescaped.lastIndexOf(char)));
  // readline leaves these two with the word that they break off
  const cut = "$@".includes(raw[last] ?? " ") ? last : last + 1;
  return escaped.startsWith(raw.slice(0, cut)) ? escaped.slice(cut) : undefined;
}
