import { StringDecoder } from "node:string_decoder";
import { clean } from "./clean.ts";

/** Cuts a stream of bytes into lines of safe text. */
export interface LineSplitter {
  /** The lines that are complete now, each with its newline; several in one text. */
  push(chunk: Buffer): string;
  /** What is left, without a newline. */
  end(): string;
}

/** @param prefix before every line; what is not our own wording must be clean */
export function splitLines(prefix = ""): LineSplitter {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  return {
    push(chunk) {
      const text = rest + decoder.write(chunk);
      const end = text.lastIndexOf("\n") + 1;
      rest = text.slice(end);
      return prefixed(text.slice(0, end), prefix);
    },
    end() {
      const last = rest + decoder.end();
      rest = "";
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
