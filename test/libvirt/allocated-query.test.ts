import { statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { allocatedQuery } from "../../src/libvirt/allocated-query.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { runQuery } from "../support/run-query.ts";

it("tells what files take, and not how long they are; of what is not there nothing", () => {
  const home = temporaryDirectory();
  const [sparse, gone] = [join(home, "a sparse one"), join(home, "gone")];
  writeFileSync(sparse, "x".repeat(70_000));
  truncateSync(sparse, 1024 ** 3);
  const query = allocatedQuery([gone, sparse]);
  expect(runQuery(query)).toEqual([0, statSync(sparse).blocks * 512]);
  expect(statSync(sparse).blocks * 512).toBeLessThan(1024 ** 2);
  expect(query.parse([{ code: 0, texts: ["x y\n"] }])).toEqual([0, 0]);
  expect(query.parse([{ code: 0, texts: [""] }])).toEqual([0, 0]);
  expect(allocatedQuery([])).toMatchObject({ steps: [] });
});
