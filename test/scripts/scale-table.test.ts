import { expect, it } from "vitest";
import { renderScale } from "../../scripts/scale-table.mjs";

it("the table of a thousand nodes has each limit beside what was measured", () => {
  const record = {
    ...{ nodes: 1000, failing: 100, ms: 31_450, maxRss: 130 * 1024 ** 2, peak: 32, longestTurn: 41.4 },
    deadlines: [{ name: "connect", seconds: 2, nodes: 12, shortest: 2001, longest: 2049.6 }],
  };
  expect(renderScale(record, "2026-11-22: 2 CPUs.")).toBe(`2026-11-22: 2 CPUs.

| 1000 nodes, 100 of them failing | limit | measured |
| --- | --- | --- |
| time for all of them, s | 60 | 31.4 |
| memory at its peak, MiB | 250 | 130 |
| connections at once | 32 | 32 |
| longest turn, ms of CPU | 100 | 41 |
| connect deadline of 2 s, 12 nodes, s | 1.80-2.20 | 2.00-2.05 |`);
});
