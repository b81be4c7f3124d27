#!/usr/bin/env node
// `npm run faults`: runs the tests of test/faults and of interrupted builds, and compares what they found with docs/faults.md
// and docs/interruptions.md; with --write it writes these pages. As root, with the packages in test/fleet/packages, after `npm run build`.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describeMachine } from "../test/bench/machine.mjs";
import { faultPagesHold, writeFaultPages } from "./fault-records.mjs";
import { root, run } from "./run.mjs";
import { takeTurn } from "./turn.mjs";

const flags = process.argv.slice(2);
if (flags.some((flag) => flag !== "--write")) {
  console.error("usage: npm run faults -- [--write]");
  process.exit(2);
}

const directory = mkdtempSync(join(tmpdir(), "fault-records-"));
try {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env;
  const release = await takeTurn(`npm run faults in ${root}, process ${process.pid}`);
  const argv = ["node_modules/.bin/vitest", "run", "--project", "timed", "test/faults", "test/fleet/interruptions"];
  const { code } = await run(argv, { env: { ...env, FAULT_RECORDS: directory } });
  release();
  process.exitCode = code === 0 ? conclude() : code;
} finally {
  rmSync(directory, { recursive: true, force: true });
}

function conclude() {
  if (!flags.includes("--write")) return faultPagesHold(directory) ? 0 : 1;
  const libvirt = execFileSync("virsh", ["--version"], { encoding: "utf8" });
  writeFaultPages(directory, describeMachine(libvirt));
  return 0;
}
