import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  controlSocket,
  keptName,
  type MoveSubject,
  movedCheck,
  undoMove,
} from "../../../src/operations/move/move-shell.ts";

const uuid = "e327ea8f-da7c-4841-ac19-942d2b4e0f9d";
const subject: MoveSubject = { uuid, here: "here:///", there: "there:///", paused: false };

/** A virsh whose two nodes are files: `here` and `there` have the guest's state, or are missing for a node that is silent. */
const virsh = `#!/bin/sh
cd "$(dirname "$0")" || exit 70
shift
shift; node=\${1%%:*}; shift
echo "$node $*" >>said
[ -e $node ] || exit 1
read -r state <$node
case $1 in
list) case "$2.$state" in *.absent|--uuid.off) ;; *) echo ${uuid} ;; esac ;;
domstate) echo "$state" ;;
domjobinfo) echo 'Job type:         None' ;;
destroy) echo off >$node ;;
resume) echo running >$node ;;
undefine|vol-delete) [ "$1" = vol-delete ] || echo absent >$node ;;
vol-info) ;;
*) exit 1 ;;
esac
`;

describe("what repairs a move", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "mclu-move-"));
    writeFileSync(join(directory, "virsh"), virsh, { mode: 0o755 });
    mkdirSync(join(directory, "job"));
    writeFileSync(join(directory, "job/volumes"), "default\tweb1.qcow2\n");
    writeFileSync(join(directory, "web1.qcow2"), "disk");
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  const run = (script: string) =>
    spawnSync("sh", ["-c", script], {
      env: { PATH: `${directory}:${process.env.PATH}`, MCLU_JOB: join(directory, "job"), MCLU_ID: "id" },
      encoding: "utf8",
    });
  /** @param there undefined: it is silent */
  const repair = (here: string, there: string | undefined, paused = false) => {
    writeFileSync(join(directory, "here"), `${here}\n`);
    if (there !== undefined) writeFileSync(join(directory, "there"), `${there}\n`);
    const { stdout } = run(undoMove({ ...subject, paused }, [{ path: join(directory, "web1.qcow2") }], "id"));
    const state = (name: string) => readFileSync(join(directory, name), "utf8").trim();
    const said = state("said").split("\n");
    return {
      word: stdout.trim().split("\n").at(-1),
      states: [state("here"), there === undefined ? "silent" : state("there")],
      dropped: said.includes("there vol-delete --pool default web1.qcow2"),
    };
  };

  it.each([
    ["running", "absent", { word: "stayed", states: ["running", "absent"], dropped: true }],
    ["paused", "absent", { word: "stayed", states: ["running", "absent"], dropped: true }],
    ["running", "off", { word: "stayed", states: ["running", "absent"], dropped: true }],
    ["off", "absent", { word: "stayed", states: ["off", "absent"], dropped: true }],
    ["off", "off", { word: "stayed", states: ["off", "absent"], dropped: true }],
    ["off", "running", { word: "moved", states: ["absent", "running"], dropped: false }],
    ["paused", "running", { word: "moved", states: ["absent", "running"], dropped: false }],
    ["absent", "running", { word: "moved", states: ["absent", "running"], dropped: false }],
    ["running", undefined, { word: "unclear", states: ["running", "silent"], dropped: false }],
    ["paused", undefined, { word: "unclear", states: ["paused", "silent"], dropped: false }],
    ["absent", "absent", { word: "unclear", states: ["absent", "absent"], dropped: false }],
  ])("%s at the source, %s at the target", (here, there, expected) => {
    expect(repair(here, there)).toEqual(expected);
  });

  it("removes the socket that a killed client left", () => {
    const id = `test-${process.pid}`;
    writeFileSync(controlSocket(id), "");
    for (const node of ["here", "there"]) writeFileSync(join(directory, node), node === "here" ? "off\n" : "absent\n");
    expect(run(undoMove(subject, [], id)).stdout).toBe("stayed\n");
    expect(existsSync(controlSocket(id))).toBe(false);
  });

  it("leaves a guest paused that was paused before, and gives files of one that moved their other names", () => {
    expect(repair("paused", "absent", true).states).toEqual(["paused", "absent"]);
    const disk = join(directory, "web1.qcow2");
    expect(readFileSync(disk, "utf8")).toBe("disk");
    repair("absent", "running");
    expect(readFileSync(keptName(disk, "id"), "utf8")).toBe("disk");
    expect(readFileSync(join(directory, "job/manifest"), "utf8")).toContain(`left `);
  });

  it("bears to run twice", () => {
    expect([repair("off", "running").word, repair("absent", "running").word]).toEqual(["moved", "moved"]);
    expect(execFileSync("ls", [directory], { encoding: "utf8" })).not.toContain("web1.qcow2");
  });

  it.each([
    ["absent", "running", 0],
    ["running", "absent", 1],
    ["absent", undefined, 2],
  ])("the job's check: %s, %s is %i", (here, there, code) => {
    writeFileSync(join(directory, "here"), `${here}\n`);
    if (there !== undefined) writeFileSync(join(directory, "there"), `${there}\n`);
    expect(run(movedCheck(subject)).status).toBe(code);
  });
});
