import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type LogEvent, readLog } from "../../../src/node/jobs/log-events.ts";

const id = "20261121T134500-abcd1234";

function read(chunks: readonly (string | Buffer)[]): LogEvent[] {
  const reader = readLog(id);
  return [...chunks.flatMap((chunk) => reader.push(Buffer.from(chunk))), ...reader.end()];
}

const log = (line: string): LogEvent => ({ kind: "log", line });

describe("readLog", () => {
  it("tells the job's own marks from what its stages print, a missing newline before them included", () => {
    const text = `\nmclu:${id} begin 100\n\nmclu:${id} stage 100 build it\nhello\n\nno newline\nmclu:${id} stage 103 publish\n\nmclu:${id} end\n`;
    expect(read([text])).toEqual([
      { kind: "begin", at: 100 },
      { kind: "stage", name: "build it", at: 100 },
      log("hello"),
      log(""),
      log("no newline"),
      { kind: "stage", name: "publish", at: 103 },
      { kind: "end" },
    ]);
  });

  it("takes another job's marks, and marks inside a line, for text", () => {
    const lines = ["mclu:20261121T134500-zzzzzzzz end", `see mclu:${id} end`];
    expect(read([`${lines.join("\n")}\n`])).toEqual(lines.map(log));
  });

  it("makes lines of a progress bar, and cuts one that is too long", () => {
    expect(read(["10%\r50%\r100%\r\ndone"])).toEqual(["10%", "50%", "100%", "done"].map(log));
    const long = read([Buffer.alloc(200_000, "x")]);
    expect(long.map((event) => (event.kind === "log" ? event.line.length : 0))).toEqual([65_536, 65_536, 65_536, 3392]);
  });

  it("reads the same however the bytes are cut", () => {
    const text = Buffer.from(`é\nmclu:${id} stage 7 a\n\n\u{1f600} b\n\nmclu:${id} end\nrest`);
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), text.length];
        const chunks = at.slice(1).map((end, index) => text.subarray(at[index], end));
        expect(read(chunks)).toEqual(read([text]));
      }),
    );
  });
});
