import { StringDecoder } from "node:string_decoder";
import { clean } from "./clean.ts";

/** Cuts a stream of bytes into lines of safe text. */
export interface LineSplitter {
  /** The lines that are complete now, each with its newline; several in one text. */
  push(chunk: Buffer): string;
  /** What is left, without a newline. */
  end(): string;
}

/** Characters; what is longer goes on in a line of its own. */
const longestLine = 8 * 1024 * 1024;

/** @param prefix before every line; what is not our own wording must be clean */
export function splitLines(prefix = ""): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let rest: string[] = [];
  let size = 0;
  return {
    push(chunk) {
      const text = decoder.write(chunk);
      // a line that never ends is cut: a node may send any amount
      const end = size + text.length > longestLine ? text.length : text.lastIndexOf("\n") + 1;
      // put together once only: with each chunk a line of a gigabyte would be copied over and over
      const lines = end === 0 ? "" : [...rest, text.slice(0, end)].join("");
      if (end > 0) rest = [];
      rest.push(text.slice(end));
      size = end > 0 ? text.length - end : size + text.length;
      return prefixed(lines, prefix);
    },
    end() {
      const last = [...rest, decoder.end()].join("");
      rest = [];
      return last === "" ? "" : `${prefix}${cleanLine(last)}`;
    },
  };
}

/** Lines of a command's output, safe and prefixed. */
export function prefixed(text: string, prefix: string): string {
  if (text === "") return "";
  const lines = (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
  return lines.map((line) => `${prefix}${cleanLine(line)}\n`).join("");
}

/** A command's own line: tabs are its columns, and carriage returns at the end of a line are only another newline. */
function cleanLine(line: string): string {
  return line.replace(/\r$/, "").split("\t").map(clean).join("\t");
}
