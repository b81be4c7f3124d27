import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { jobShell } from "../../../src/node/jobs/job-shell.ts";
import { identityFormat, rollbackShell } from "../../../src/node/jobs/rollback-shell.ts";
import { type MoveSubject, movedCheck, undoMove } from "../../../src/operations/move/move-shell.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { testUuid } from "../../support/test-driver.ts";

const uuid = testUuid(1);
const subject: MoveSubject = {
  ...{ uuid, here: "here:///", there: "there:///", paused: false, target: "ham1", id: "id" },
  ...{ firmware: undefined, places: [], sharedNvram: false },
};

/** The undoing is killed when it calls this for the n-th time, of all that it calls. */
const tick = `n=$(($(cat '%/calls' 2>/dev/null || echo 0) + 1)); echo $n >'%/calls'
[ $n != "$(cat '%/kill-at')" ] || kill -KILL "$(cat '%/job/pid')" 2>/dev/null
`;
const virsh = `cd '%' || exit 70
while [ "$1" != -c ]; do shift; done
node=\${2%%:*}; shift 2
case $1 in
list) case "$2 $3.$(cat $node)" in '--all --uuid.absent'|'--uuid .absent'|'--uuid .off') ;; *) echo ${uuid} ;; esac ;;
domstate) cat $node ;;
domjobinfo) echo 'Job type:         None' ;;
destroy) echo off >$node ;;
undefine) echo absent >$node ;;
*) exit 1 ;;
esac
`;

/** A move whose guest runs on the target and is in this state here, as a supervisor or \`cancel\` undoes it: nobody is asked. */
function scene(here: string) {
  const world = temporaryDirectory();
  for (const name of ["job", "bin", "pool"]) mkdirSync(join(world, name), { mode: 0o700 });
  const program = (name: string, script: string) =>
    writeFileSync(
      join(world, "bin", name),
      `#!/bin/sh\n${(tick + script).replaceAll("%/", `${world}/`).replaceAll("'%'", `'${world}'`)}`,
      {
        mode: 0o755,
      },
    );
  program("virsh", virsh);
  for (const name of ["mv", "sync", "stat"]) program(name, `exec /usr/bin/${name} "$@"\n`);
  const disks = ["a.qcow2", "b.qcow2"].map((name) => join(world, "pool", name));
  for (const path of disks) writeFileSync(path, "disk");
  const files = {
    ...{ here, there: "running", "kill-at": "0", "job/committing": "" },
    "job/check": movedCheck(subject),
    "job/rollback": `echo $$ >"$MCLU_JOB/pid"\n${undoMove(
      subject,
      disks.map((path) => ({ path })),
    )}`,
    "job/kept": execFileSync("stat", ["-c", `${identityFormat} %n`, ...disks], { encoding: "utf8" }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(world, name), `${text}\n`);
  /** @param killAt 0: nobody kills it */
  const undo = (killAt = 0) => {
    writeFileSync(join(world, "kill-at"), `${killAt}\n`);
    writeFileSync(join(world, "calls"), "0\n");
    const script = `${jobShell}mclu_held=\n${rollbackShell}mclu_rollback "$1"`;
    const env = { ...process.env, PATH: `${join(world, "bin")}:${process.env.PATH}` };
    const { stdout } = spawnSync("sh", ["-c", script, "mclu", join(world, "job")], { encoding: "utf8", env });
    return { stdout, calls: Number(readFileSync(join(world, "calls"), "utf8")) };
  };
  const there = () =>
    disks.map((path) => [path, path.replace(/([^/]*)$/, ".$1.migrated-id")].filter((name) => existsSync(name)).length);
  const has = (name: string) => existsSync(join(world, "job", name));
  return { undo, there, has };
}

describe.each(["paused", "off"])("a move that has come true when it is undone, %s at the source", (here) => {
  it("keeps all its files, and does not count as undone", () => {
    const { undo, there, has } = scene(here);
    expect(undo().stdout).not.toContain("removed");
    expect([there(), has("committed"), has("rolled")]).toEqual([[1, 1], true, false]);
  });

  it("keeps them wherever it is killed, also when it is undone again", () => {
    const { calls } = scene(here).undo();
    expect(calls).toBeGreaterThan(10);
    for (let at = 1; at <= calls; at++) {
      const { undo, there, has } = scene(here);
      const said = undo(at).stdout;
      expect([at, said.includes("removed"), there()]).toEqual([at, false, [1, 1]]);
      expect([at, undo().stdout.includes("removed"), there()]).toEqual([at, false, [1, 1]]);
      expect([at, has("rolled")]).toEqual([at, false]);
    }
  }, 120_000);
});
