import { once } from "node:events";
import { PassThrough } from "node:stream";
import { describe, expect, it } from "vitest";
import { takeTurns } from "../../../src/node/ssh/turns.ts";

/** Milliseconds of work that nothing interrupts. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

function stream(onData: (chunk: string) => void): PassThrough {
  const made = new PassThrough({ encoding: "utf8" });
  takeTurns(made);
  return made.on("data", onData);
}

describe("what many streams receive at once", () => {
  it("lets timers have their turn in between", async () => {
    let sinceTimer = 0;
    let most = 0;
    const timer = setInterval(() => {
      sinceTimer = 0;
    }, 1);
    const streams = Array.from({ length: 20 }, () =>
      stream(() => {
        work(6);
        most = Math.max(most, ++sinceTimer);
      }),
    );
    for (const each of streams) each.end("x");
    await Promise.all(streams.map((each) => once(each, "end")));
    clearInterval(timer);
    // the one that begins a turn, and the one that has waited longest
    expect(most).toBeLessThanOrEqual(2);
  });

  it("comes in order, whole, and before the end", async () => {
    const heard: string[] = [];
    const busy = stream(() => work(20));
    const streams = Array.from({ length: 5 }, (_, name) => {
      const each = stream((chunk) => heard.push(`${name}${chunk}`));
      return each.on("end", () => heard.push(`${name}.`));
    });
    busy.end("x");
    for (const letter of "abc") for (const each of streams) each.write(letter);
    for (const each of streams) each.end();
    await Promise.all(streams.map((each) => once(each, "close")));
    for (const name of streams.keys()) {
      const own = heard.filter((text) => text.startsWith(`${name}`)).map((text) => text.slice(1));
      expect(own.join("")).toBe("abc.");
    }
  });

  it("is for nobody where the stream was destroyed meanwhile", async () => {
    const heard: string[] = [];
    const busy = stream(() => work(20));
    const gone = stream((chunk) => heard.push(chunk));
    busy.end("x");
    gone.write("x");
    await once(busy, "end");
    gone.destroy();
    await once(gone, "close");
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(heard).toEqual([]);
  });
});
