#!/usr/bin/env node
// `npm run coverage`: the unit tests, and what they leave unexecuted of the layers that docs/testing.md names. With the
// directory of a report that vitest wrote before (`--coverage.reportsDirectory`), no test is run.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { coverageHolds } from "./coverage-report.mjs";
import { run } from "./run.mjs";

const given = process.argv[2];
const directory = given ?? mkdtempSync(join(tmpdir(), "mclu-coverage-"));
try {
  const vitest = ["node_modules/.bin/vitest", "run", "--project", "unit", "--coverage"];
  const code = given ? 0 : (await run([...vitest, `--coverage.reportsDirectory=${directory}`])).code;
  process.exitCode = (await coverageHolds(directory)) ? code : 1;
} finally {
  if (!given) rmSync(directory, { recursive: true, force: true });
}
