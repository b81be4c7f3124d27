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
      const lines = (rest + decoder.write(chunk)).split(/\r*\n|\r(?!$)/);
      rest = lines.pop() ?? "";
      const events = lines.flatMap(take);
      for (; rest.length > lineLimit; rest = rest.slice(lineLimit)) events.push(...take(rest.slice(0, lineLimit)));
      return events;
    },
    end() {
      const last = rest + decoder.end();
      rest = "";
      return last === "" ? [] : take(last);
    },
  };
}

function parseMark(text: string): LogEvent | undefined {
  const [, word, at, name = ""] = /^(\w+)(?: (\d+))?(?: (.*))?$/.exec(text) ?? [];
  if (word === "begin") return { kind: "begin", at: Number(at) };
  if (word === "stage") return { kind: "stage", name, at: Number(at) };
  return word === "end" ? { kind: "end" } : undefined;
}
