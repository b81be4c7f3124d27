import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, vi } from "vitest";
import { paced } from "../../src/operations/paced.ts";

/** Keeps the process busy, as a large table does. */
function work(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

describe("paced", () => {
  it("runs at once, then seldom enough, and never forgets the last request", async () => {
    let runs = 0;
    const progress = paced(() => {
      runs++;
      work(20);
    });
    progress.request();
    expect(runs).toBe(1);
    for (let request = 0; request < 1000; request++) progress.request();
    expect(runs).toBe(1);
    await vi.waitFor(() => expect(runs).toBe(2), { timeout: 10_000 });
    await sleep(150);
    expect(runs).toBe(2);
  });

  it("runs nothing once it is stopped", async () => {
    let runs = 0;
    const progress = paced(() => {
      runs++;
      work(5);
    });
    progress.request();
    progress.request();
    progress.stop();
    await sleep(60);
    expect(runs).toBe(1);
  });
});
