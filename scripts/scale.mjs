#!/usr/bin/env node
// `npm run scale`: shows a thousand nodes on the cluster and prints what that took; with --write it goes into
// docs/performance.md. As root, with the packages in test/fleet/packages, after `npm run build`, on a machine that does
// nothing else.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeMachine } from "../test/bench/machine.mjs";
import { writeMarked } from "../test/bench/report.mjs";
import { record } from "./record.mjs";
import { root } from "./run.mjs";
import { renderScale } from "./scale-table.mjs";

const file = "record.json";
const recordIn = (/** @type {string} */ directory) => ({ SCALE_RECORD: join(directory, file) });

await record("scale", ["test/fleet/scale.test.ts"], recordIn, (directory, write) => {
  const found = JSON.parse(readFileSync(join(directory, file), "utf8"));
  const text = renderScale(found, describeMachine(execFileSync("virsh", ["--version"], { encoding: "utf8" })));
  console.log(`\n${text}`);
  if (write) writeMarked(join(root, "docs/performance.md"), text, "scale");
  return 0;
});
