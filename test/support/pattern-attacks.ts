/**
 * Inputs for a regular expression that make a reader that backtracks try every way: for each of its repetitions what comes
 * before it, a great many of what is repeated, and an end at which it fails.
 */

type Part =
  /** One character, as the pattern has it: a letter, an escape, a class, the dot. */
  | { readonly kind: "character"; readonly source: string }
  /** Nothing is consumed: `^`, `\b`, a look ahead. */
  | { readonly kind: "place" }
  | { readonly kind: "group"; readonly ways: readonly (readonly Part[])[] }
  | { readonly kind: "repeated"; readonly of: Part; readonly min: number; readonly max: number };

/** A text that is repeated, and what stands before it. */
export interface Attack {
  readonly before: string;
  readonly pump: string;
}

/** What classes are tried with, beside the letters of the pattern itself. */
const usual = [..." \t\na0A-_./:=,\"'<>(é"];

/** Ends at which a pattern fails: nothing that one of them matches is matched by most. */
export const ends: readonly string[] = ["", "\0", "\n\0"];

/** Where a pattern may be slow. */
export function attacksOn({ source, flags }: RegExp): Attack[] {
  const ways = readWays({ text: source, at: 0 });
  const letters = [...new Set([...usual, ...source.replace(/\\./g, "")])];
  const members = (atom: string): string[] => {
    const pattern = new RegExp(`^(?:${atom})$`, flags.replace(/[gym]/g, ""));
    return letters.filter((letter) => pattern.test(letter));
  };
  const found = new Map<string, Attack>();
  for (const least of [true, false]) {
    const sample = (part: Part): string => {
      switch (part.kind) {
        case "place":
          return "";
        case "character":
          return members(part.source)[0] ?? "a";
        case "group":
          return (part.ways[0] ?? []).map(sample).join("");
        case "repeated":
          return sample(part.of).repeat(Math.min(50, least ? part.min : Math.max(1, part.min)));
      }
    };
    const pumpsOf = (part: Part): string[] => {
      if (part.kind === "character") return members(part.source).slice(0, 12);
      if (part.kind === "group") return part.ways.map((way) => way.map(sample).join(""));
      return [sample(part)];
    };
    const walk = (parts: readonly Part[], start: string): void => {
      let before = start;
      for (const part of parts) {
        if (part.kind === "group") for (const way of part.ways) walk(way, before);
        if (part.kind === "repeated") {
          if (part.max > 1)
            for (const pump of pumpsOf(part.of)) if (pump !== "") found.set(`${before}\0${pump}`, { before, pump });
          walk([part.of], before);
        }
        before += sample(part);
      }
    };
    for (const way of ways) walk(way, "");
  }
  return [...found.values()];
}

/** Texts of about so many characters: repeated after its beginning, together with it, and alone. */
export function* textsOf({ before, pump }: Attack, length: number): Generator<string> {
  const times = (text: string) => text.repeat(Math.ceil(length / text.length));
  const bodies = new Set([before + times(pump), times(before + pump), times(pump)]);
  for (const body of bodies) for (const end of ends) yield body + end;
}

interface Reader {
  readonly text: string;
  at: number;
}

/** Alternatives up to the end or to a closing bracket, which is passed over. */
function readWays(reader: Reader): Part[][] {
  const ways: Part[][] = [[]];
  for (;;) {
    const sign = reader.text[reader.at];
    if (sign === undefined || sign === ")") {
      reader.at++;
      return ways;
    }
    if (sign === "|") {
      reader.at++;
      ways.push([]);
    } else ways.at(-1)?.push(readRepeated(reader));
  }
}

function readRepeated(reader: Reader): Part {
  const of = readPart(reader);
  const [whole = "", sign = "", least = "", comma = "", most = ""] =
    /^(?:([*+?])|\{(\d+)(,?)(\d*)\})\??/.exec(reader.text.slice(reader.at, reader.at + 20)) ?? [];
  if (whole === "") return of;
  reader.at += whole.length;
  if (sign !== "")
    return { kind: "repeated", of, min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : Number.POSITIVE_INFINITY };
  const min = Number(least);
  return { kind: "repeated", of, min, max: comma === "" ? min : most === "" ? Number.POSITIVE_INFINITY : Number(most) };
}

function readPart(reader: Reader): Part {
  const rest = reader.text.slice(reader.at);
  const [place] = /^(?:[$^]|\\[bB])/.exec(rest) ?? [];
  if (place !== undefined) {
    reader.at += place.length;
    return { kind: "place" };
  }
  const [group] = /^\((?:\?(?:[:=!]|<[=!]|<\w+>))?/.exec(rest) ?? [];
  if (group !== undefined) {
    reader.at += group.length;
    const ways = readWays(reader);
    // what is looked ahead for is consumed by what comes after it
    return group === "(?=" || group === "(?!" || group === "(?<!" ? { kind: "place" } : { kind: "group", ways };
  }
  const [atom = "a"] =
    /^(?:\[(?:\\[\s\S]|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\u\{[^}]*\}|\\u[\da-fA-F]{4}|\\x[\da-fA-F]{2}|\\c[A-Z]|\\k<\w+>|\\[\s\S]|[\s\S])/u.exec(
      rest,
    ) ?? [];
  reader.at += atom.length;
  if (/^\\(?:k|[1-9])/.test(atom)) return { kind: "place" };
  return { kind: "character", source: atom };
}
