import { availableParallelism } from "node:os";
import { defineConfig } from "vitest/config";

// `unit` needs nothing but Node (and runs the rest of what is installed); `fleet` and `timed` talk to the real cluster of
// test/fleet.

/** Tests that hold mclu to seconds, or count what the whole machine has open: they have it to themselves. */
const timed = [
  "test/faults/**/*.test.ts",
  "test/fleet/{scale,status,failures,many-guests,interrupt,interruptions,fleet}.test.ts",
];

export default defineConfig({
  define: { MCLU_VERSION: JSON.stringify("0.0.0-test"), MCLU_TEMPLATES: JSON.stringify("../../templates") },
  test: {
    // `--coverage` turns it on; scripts/coverage.mjs reads the report
    coverage: {
      provider: "v8",
      include: ["src/{operations,template,libvirt}/**"],
      reporter: ["json"],
      reportOnFailure: true,
    },
    // a second, as it has by itself, is not much on a machine that does other things too
    expect: { poll: { timeout: 10_000 } },
    // by itself vitest leaves one processor free, which of two is half
    maxWorkers: availableParallelism(),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/fleet/**", "test/faults/**", "test/fuzz/**"],
          testTimeout: 20_000,
          // some of them time sshd on this machine
          retry: 1,
        },
      },
      {
        // apart from `unit`: what random text happens to execute is no coverage, and counting it costs time
        extends: true,
        test: {
          name: "fuzz",
          include: ["test/fuzz/**/*.test.ts"],
          testTimeout: 20_000,
          // what fuzzing found fails again, since it is kept
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: "fleet",
          include: ["test/fleet/**/*.test.ts"],
          exclude: timed,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // every file has a cluster of its own, which mostly waits; more than three would share too few processors
          maxWorkers: 3,
          sequence: { groupOrder: 1 },
          // against real time on a machine that others may use: what passes at the second try is named at the end
          retry: 1,
        },
      },
      {
        extends: true,
        test: {
          name: "timed",
          include: timed,
          testTimeout: 120_000,
          hookTimeout: 180_000,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
          retry: 1,
        },
      },
    ],
  },
});
