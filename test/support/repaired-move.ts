import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { identityFormat } from "../../src/node/jobs/rollback-shell.ts";
import { type MoveSubject, undoMove } from "../../src/operations/move/move-shell.ts";

export const movedUuid = "e327ea8f-da7c-4841-ac19-942d2b4e0f9d";
export const movedGuest: MoveSubject = {
  uuid: movedUuid,
  here: "here:///",
  there: "there:///",
  paused: false,
  target: "ham1",
  id: "id",
  firmware: undefined,
  places: [],
  sharedNvram: false,
};

/** A virsh whose two nodes are files: `here` and `there` have the guest's state, or are missing for a node that is silent. */
const virsh = `#!/bin/sh
cd "$(dirname "$0")" || exit 70
shift
shift; node=\${1%%:*}; shift
echo "$node $*" >>said
[ -e $node ] || exit 1
read -r state <$node
case $1 in
list) [ "$3" != --with-managed-save ] || exit 0
[ -s theirs ] && [ "$2 $3" = "--all --uuid" ] && [ $node.$state = there.absent ] && echo 11111111-2222-4333-8444-555555555555
case "$2.$state" in *.absent|--uuid.off) ;; *) echo ${movedUuid} ;; esac ;;
domstate) if [ "$3" = --reason ]; then echo "$state ($(cat reason 2>/dev/null || echo migrating))"; else echo "$state"; fi ;;
domjobinfo) if [ -e job-info ]; then cat job-info; else echo 'Job type:         None'; fi ;;
destroy) echo off >$node ;;
resume) echo running >$node ;;
dumpxml*) cat theirs ;;
vol-path) echo "/pool/it's <web1>.qcow2" ;;
define) cp "$2" defined; echo off >$node ;;
undefine|vol-delete) [ "$1" = vol-delete ] || echo absent >$node ;;
vol-info|autostart) ;;
pool-info) [ -e open ] ;;
pool-create-as) : >open ;;
pool-destroy) rm open ;;
*) exit 1 ;;
esac
`;

/** A job that moved a guest, and its two nodes, anew for each test. */
export function repairedMove() {
  let directory: string;
  const at = (...names: readonly string[]) => join(directory, ...names);
  /** @param otherwise where there is no such file */
  const text = (name: string, otherwise?: string) =>
    otherwise !== undefined && !existsSync(at(name)) ? otherwise : readFileSync(at(name), "utf8");
  const disk = () => at("web1.qcow2");
  /** What the job noted before the guest moved. */
  const remember = () => {
    const identity = execFileSync("stat", ["-c", identityFormat, disk()], { encoding: "utf8" }).trim();
    writeFileSync(at("job/kept"), `${identity} ${disk()}\n`);
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "mclu-move-"));
    writeFileSync(at("virsh"), virsh, { mode: 0o755 });
    mkdirSync(at("job"));
    writeFileSync(at("job/volumes"), "default\tweb1.qcow2\n");
    writeFileSync(disk(), "disk");
    remember();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const run = (script: string, job = "job") =>
    spawnSync("sh", ["-c", script], {
      env: { PATH: `${directory}:${process.env["PATH"]}`, MCLU_JOB: at(job), MCLU_ID: "id" },
      encoding: "utf8",
    });
  /** What the nodes have of the guest. */
  const states = (here: string, there: string) => {
    for (const [node, state] of Object.entries({ here, there })) writeFileSync(at(node), `${state}\n`);
  };
  /** @param there undefined: it is silent */
  const repair = (here: string, there: string | undefined, paused = false, point: string | null = "committing") => {
    if (point !== null) writeFileSync(at("job", point), "");
    writeFileSync(at("here"), `${here}\n`);
    if (there !== undefined) writeFileSync(at("there"), `${there}\n`);
    const { stdout } = run(undoMove({ ...movedGuest, paused }, [{ path: disk() }]));
    const said = text("said").split("\n");
    return {
      word: stdout.trim().split("\n").at(-1),
      states: [text("here").trim(), there === undefined ? "silent" : text("there").trim()],
      dropped: said.includes("there vol-delete --pool default web1.qcow2"),
    };
  };
  return { at, text, disk, run, states, repair };
}
