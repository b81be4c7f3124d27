import { EventEmitter } from "node:events";
import type { Readable } from "node:stream";
import * as fc from "fast-check";
import type { Step } from "../../../src/libvirt/query.ts";
import { keepFirst, readMarked } from "../../../src/node/marked-stream.ts";
import { readFrames } from "../../../src/node/script.ts";
import { encodeScript, frameStdin } from "../../../src/node/stream-script.ts";
import { type AnyTarget, must, same, target } from "../target.ts";
import { mutationsOf, textOf } from "../text.ts";

const steps: readonly Step[] = [{ access: "read", virsh: [["nodeinfo"], ["list"]] }, { run: ["cat", "/proc/loadavg"] }];
const frames = "N text\nA\nN text\nB\n\nN code 0\nN text\n0.5\n\nN code 1\n";
const withCause = "N text\n\nN code 1\nN cause denied\nN text\nN code 0\n";

interface Chunks {
  readonly text: string;
  /** Where it is cut, in bytes. */
  readonly cuts: readonly number[];
}

const marker = "N end\n";

/** The text as a stream would bring it, in pieces. */
function deliver({ text, cuts }: Chunks, limit: number) {
  const stream = new EventEmitter();
  const marked = readMarked(stream as Readable, marker, keepFirst(limit));
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [index, place] of places.entries())
    if (index > 0) stream.emit("data", bytes.subarray(places[index - 1], place));
  return marked;
}

export const nodeTargets: readonly AnyTarget[] = [
  target({
    name: "readFrames",
    about: "as many answers as steps, no more texts than commands, exit codes from 0 to 255; a cut answer is none",
    seeds: [frames, withCause, ""],
    arbitrary: fc.oneof(
      mutationsOf([frames, withCause], ["N text\n", "N code ", "N code 0\n", "N cause none\n", "N ", "\n"]),
      textOf(["N text\n", "N code 0\n", "N code ", "N cause slow\n", "A\n", "\n"]),
    ),
    parse: (text) => readFrames(text, steps, "N"),
    holds(answers, text) {
      if (answers === undefined) return;
      same(answers.length, steps.length, "answers");
      for (const [index, { code, texts }] of answers.entries()) {
        must(Number.isInteger(code) && code >= 0 && code <= 255, "no exit code", code);
        must(texts.length <= (index === 0 ? 2 : 1), "more texts than commands", texts);
        must(
          texts.every((each) => text.includes(each)),
          "a text that nobody sent",
          texts,
        );
      }
    },
  }),
  target<Chunks, ReturnType<typeof deliver>>({
    name: "readMarked",
    about: "complete where the marker arrived, however it was cut, and what stands before it is the text",
    seeds: [
      { text: `a\n${marker}`, cuts: [3, 4, 5] },
      { text: "a", cuts: [] },
    ],
    arbitrary: fc.record({
      text: textOf(["N end\n", "N end", "N ", "end\n", "N", "\n"]),
      cuts: fc.array(fc.nat(200), { maxLength: 6 }),
    }),
    large: (repeated, length) => {
      const text = repeated.repeat(length / repeated.length);
      return [{ text: `${text}${marker}`, cuts: Array.from({ length: 500 }, (_, index) => index * 197) }];
    },
    parse: (chunks) => deliver(chunks, 10 * 1024 * 1024),
    holds(marked, { text }) {
      const clean = Buffer.from(text).toString("utf8");
      const end = clean.indexOf(marker);
      same(marked.isComplete(), end >= 0, "complete");
      if (marked.isComplete()) same(marked.text(), clean.slice(0, end), "text");
    },
  }),
  target({
    name: "encodeScript",
    about: "one line, which printf %b makes the script of again",
    seeds: ["echo a\nb\\n", "\\", "\n"],
    arbitrary: textOf(["\\", "\n", "\\n", "echo ", "'"]),
    parse: encodeScript,
    holds(line, script) {
      must(line.indexOf("\n") === line.length - 1, "not one line");
      same(
        line.slice(0, -1).replace(/\\(.)/g, (_, sign: string) => (sign === "n" ? "\n" : sign)),
        script,
        "decoded",
      );
    },
  }),
  target({
    name: "frameStdin",
    about: "frames of at most 256 KiB that hold the data in order",
    seeds: ["", "a"],
    arbitrary: textOf([]),
    parse: (text) => [...frameStdin(Buffer.from(text))],
    holds(found, text) {
      const data = found.map((frame) => {
        const end = frame.indexOf(10);
        must(Number(Buffer.from(frame.subarray(0, end)).toString()) === frame.length - end - 1, "another size");
        return frame.subarray(end + 1);
      });
      must(Buffer.concat(data).equals(Buffer.from(text)), "other data");
    },
  }),
];
