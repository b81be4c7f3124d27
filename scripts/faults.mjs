#!/usr/bin/env node
// `npm run faults`: runs the tests of test/faults and of interrupted builds, and compares what they found with docs/faults.md
// and docs/interruptions.md; with --write it writes these pages. As root, with the packages in test/fleet/packages, after `npm run build`.
import { execFileSync } from "node:child_process";
import { describeMachine } from "../test/bench/machine.mjs";
import { faultPagesHold, writeFaultPages } from "./fault-records.mjs";
import { record } from "./record.mjs";

const tests = ["test/faults", "test/fleet/interruptions"];
const recordIn = (/** @type {string} */ directory) => ({ FAULT_RECORDS: directory });

await record("faults", tests, recordIn, (directory, write) => {
  if (!write) return faultPagesHold(directory) ? 0 : 1;
  const libvirt = execFileSync("virsh", ["--version"], { encoding: "utf8" });
  writeFaultPages(directory, describeMachine(libvirt));
  return 0;
});
