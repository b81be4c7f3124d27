#!/usr/bin/env node
// `npm run scale`: shows a thousand nodes on the cluster and prints what that took; with --write it goes into
// docs/performance.md. As root, with the packages in test/fleet/packages, after `npm run build`, on a machine that does
// nothing else.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMachine } from "../test/bench/machine.mjs";
import { writeMarked } from "../test/bench/report.mjs";
import { root, run } from "./run.mjs";
import { renderScale } from "./scale-table.mjs";
import { takeTurn } from "./turn.mjs";

const flags = process.argv.slice(2);
if (flags.some((flag) => flag !== "--write")) {
  console.error("usage: npm run scale -- [--write]");
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), "scale-record-"));
try {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const release = await takeTurn(`npm run scale in ${root}, process ${process.pid}`);
  const argv = ["node_modules/.bin/vitest", "run", "--project", "timed", "test/fleet/scale.test.ts"];
  const { code } = await run(argv, { env: { ...env, SCALE_RECORD: join(directory, "record.json") } });
  release();
  process.exitCode = code === 0 ? conclude() : code;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function conclude() {
  const record = JSON.parse(readFileSync(join(directory, "record.json"), "utf8"));
  const text = renderScale(record, describeMachine(execFileSync("virsh", ["--version"], { encoding: "utf8" })));
  console.log(`\n${text}`);
  if (flags.includes("--write")) writeMarked(join(root, "docs/performance.md"), text, "scale");
  return 0;
}
