import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import type { TerminalSession } from "../../src/node/terminal-command.ts";
import { converseRaw } from "../../src/operations/raw-session.ts";

/** A session on a node and a terminal here, with what passes between them. */
function pair() {
  const typed: string[] = [];
  const sizes: string[] = [];
  const screen: string[] = [];
  let end: () => void = () => undefined;
  let lose: (error: Error) => void = () => undefined;
  let resized: (size: { columns: number; rows: number }) => void = () => undefined;
  let shown: (bytes: Buffer) => void | Promise<void> = () => undefined;
  const session: TerminalSession = {
    show: (sink) => {
      shown = sink;
    },
    type: (bytes) => void typed.push(Buffer.from(bytes).toString()),
    resize: ({ columns, rows }) => void sizes.push(`${columns}x${rows}`),
    ended: new Promise((resolve, reject) => {
      end = () => resolve({ code: 0, said: "" });
      lose = reject;
    }),
    close: () => undefined,
  };
  const keys = new PassThrough();
  const terminal = {
    keys,
    write: (bytes: Uint8Array) => void screen.push(Buffer.from(bytes).toString()),
    size: { columns: 80, rows: 24 },
    onResize: (listener: typeof resized) => {
      resized = listener;
      return () => {
        resized = () => undefined;
      };
    },
  };
  return {
    ...{ session, terminal, keys, typed, sizes, screen },
    end: () => end(),
    lose: () => lose(new Error("lost")),
    grow: () => resized({ columns: 90, rows: 30 }),
    show: (text: string) => shown(Buffer.from(text)),
  };
}

describe("converseRaw", () => {
  it("passes keys, output and sizes on, and ends with the session", async () => {
    const { session, terminal, keys, typed, sizes, screen, end, grow, show } = pair();
    const over = converseRaw(session, terminal);
    keys.write("ls\r\x03");
    grow();
    show("\x1b[1mbold");
    await new Promise(setImmediate);
    end();
    expect(await over).toBe("ended");
    grow();
    expect([typed, sizes, screen]).toEqual([["ls\r\x03"], ["80x24", "90x30"], ["\x1b[1mbold"]]);
    expect(keys.isPaused()).toBe(true);
  });

  it("is over where the connection was lost, and at once where it was interrupted before", async () => {
    const { session, terminal, lose } = pair();
    const over = converseRaw(session, terminal);
    lose();
    expect(await over).toBe("ended");
    const again = pair();
    expect(await converseRaw(again.session, again.terminal, AbortSignal.abort())).toBe("interrupted");
  });

  it("passes nothing on behind ^], and leaves with virsh, or without it where it does not end", async () => {
    const first = pair();
    const left = converseRaw(first.session, first.terminal);
    first.keys.write("a\x1db");
    first.keys.write("c");
    await new Promise(setImmediate);
    first.end();
    expect(await left).toBe("left");
    expect(first.typed.join("")).toBe("a\x1d");
    const hung = pair();
    const alone = converseRaw(hung.session, hung.terminal, new AbortController().signal);
    hung.keys.write("\x1d");
    expect(await alone).toBe("left");
  });
});
