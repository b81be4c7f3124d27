import { StringDecoder } from "node:string_decoder";

/** What a job's log says. */
export type LogEvent =
  | { readonly kind: "log"; readonly line: string }
  /** Seconds since 1970, by the node's clock. */
  | { readonly kind: "begin"; readonly at: number }
  | { readonly kind: "stage"; readonly name: string; readonly at: number }
  | { readonly kind: "end" };

export interface LogReader {
  push(chunk: Buffer): LogEvent[];
  /** What is left when nothing more will come. */
  end(): LogEvent[];
}

/** Characters of a line; a longer one is cut into several. */
const lineLimit = 64 * 1024;

/**
 * Cuts a job's log into events. Its own marks are lines `mclu:ID ...` with an empty line before them, which belongs to
 * them: what a program printed last may lack a newline. Carriage returns separate lines too: progress bars use them.
 */
export function readLog(id: string): LogReader {
  const decoder = new StringDecoder("utf8");
  const mark = `mclu:${id} `;
  let rest = "";
  let blank = false;
  const take = (line: string): LogEvent[] => {
    const held: LogEvent[] = blank ? [{ kind: "log", line: "" }] : [];
    blank = false;
    if (line.startsWith(mark)) return [parseMark(line.slice(mark.length))].filter((event) => event !== undefined);
    if (line === "") {
      blank = true;
      return held;
    }
    return [...held, { kind: "log", line }];
  };
  return {
    push(chunk) {
      const lines = (rest + decoder.write(chunk)).split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      const long = cut(rest);
      rest = long.pop() ?? "";
      return [...lines.flatMap(cut), ...long].flatMap(take);
    },
    end() {
      const last = rest + decoder.end();
      rest = "";
      return last === "" ? [] : take(last);
    },
  };
}

/** A line in pieces of at most `lineLimit`. */
function cut(line: string): string[] {
  const count = Math.max(1, Math.ceil(line.length / lineLimit));
  return Array.from({ length: count }, (_, index) => line.slice(index * lineLimit, (index + 1) * lineLimit));
}

function parseMark(text: string): LogEvent | undefined {
  const [, word, at, name = ""] = /^(\w+)(?: (\d{1,20}))?(?: (.*))?$/.exec(text) ?? [];
  if (word === "end") return { kind: "end" };
  // a program may print what looks like a mark
  if (at === undefined) return undefined;
  if (word === "begin") return { kind: "begin", at: Number(at) };
  return word === "stage" ? { kind: "stage", name, at: Number(at) } : undefined;
}
