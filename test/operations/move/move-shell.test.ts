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
const subject: MoveSubject = {
  uuid,
  here: "here:///",
  there: "there:///",
  paused: false,
  target: "ham1",
  id: "id",
  firmware: undefined,
  places: [],
  sharedNvram: false,
};
const firmware = {
  ...{ type: "qemu", arch: "x86_64", machine: "q35", tpm: { model: "tpm-crb", version: "2.0" } },
  ...{ nvram: "/nvram/it's <web1>", loader: "/usr/share/OVMF.fd" },
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
case "$2.$state" in *.absent|--uuid.off) ;; *) echo ${uuid} ;; esac ;;
domstate) echo "$state" ;;
domjobinfo) echo 'Job type:         None' ;;
destroy) echo off >$node ;;
resume) echo running >$node ;;
dumpxml*) cat theirs ;;
vol-path) echo "/pool/it's <web1>.qcow2" ;;
define) cp "$2" defined; echo off >$node ;;
undefine|vol-delete) [ "$1" = vol-delete ] || echo absent >$node ;;
vol-info) ;;
pool-info) [ -e open ] ;;
pool-create-as) : >open ;;
pool-destroy) rm open ;;
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
    const { stdout } = run(undoMove({ ...subject, paused }, [{ path: join(directory, "web1.qcow2") }]));
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
    ["running", "paused", { word: "stayed", states: ["running", "absent"], dropped: true }],
    ["absent", "absent", { word: "unclear", states: ["absent", "absent"], dropped: false }],
  ])("%s at the source, %s at the target", (here, there, expected) => {
    expect(repair(here, there)).toEqual(expected);
  });

  it("opens the places again that a guest's other files were copied into, and closes them", () => {
    const places = [{ directory: "/nvram/it's", made: false, rights: null, pool: "mclu-id-0" }];
    for (const node of ["here", "there"]) writeFileSync(join(directory, node), node === "here" ? "off\n" : "absent\n");
    writeFileSync(join(directory, "job/volumes"), "mclu-id-0\tweb1_VARS.fd\n");
    expect(
      run(undoMove({ ...subject, places }, []))
        .stdout.trim()
        .split("\n")
        .at(-1),
    ).toBe("stayed");
    const said = readFileSync(join(directory, "said"), "utf8").split("\n");
    expect(said.filter((line) => /^there (pool-create-as|vol-delete|pool-destroy)/.test(line))).toEqual([
      "there pool-create-as mclu-id-0 dir --target /nvram/it's",
      "there vol-delete --pool mclu-id-0 web1_VARS.fd",
      "there pool-destroy mclu-id-0",
    ]);
    expect(existsSync(join(directory, "open"))).toBe(false);
  });

  it.each([
    ["by its path", "<source file='/pool/it&apos;s &lt;web1&gt;.qcow2'/>"],
    ["as a volume", "<source pool='other' volume='web1.qcow2'/>"],
  ])("leaves a volume that a guest of the target has by now, %s", (_how, theirs) => {
    writeFileSync(join(directory, "theirs"), `${theirs}\n`);
    expect(repair("running", "absent")).toEqual({ word: "stayed", states: ["running", "absent"], dropped: false });
    writeFileSync(join(directory, "job/volumes"), "default\tweb1.qcow2\n");
    writeFileSync(join(directory, "theirs"), "<source file='/pool/other.qcow2'/>\n");
    expect(repair("running", "absent")).toMatchObject({ dropped: true });
  });

  it("removes the socket that a killed client left", () => {
    const id = `test-${process.pid}`;
    writeFileSync(controlSocket(id), "");
    for (const node of ["here", "there"]) writeFileSync(join(directory, node), node === "here" ? "off\n" : "absent\n");
    expect(run(undoMove({ ...subject, id }, [])).stdout).toBe("stayed\n");
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

  describe("UEFI variables and the TPM's state on the target", () => {
    const remaining = join("job", "firmware");
    /** @param theirs what a guest that the target has by now says of itself */
    const undo = (here: string, there: string, { theirs = "", sharedNvram = false, made = true } = {}) => {
      for (const [name, text] of Object.entries({ here, there, theirs }))
        writeFileSync(join(directory, name), `${text}\n`);
      if (made) writeFileSync(join(directory, remaining), "/nvram/it's <web1>\n");
      run(undoMove({ ...subject, firmware, sharedNvram }, []));
      const said = readFileSync(join(directory, "said"), "utf8").split("\n");
      return said
        .filter((line) => /^there (define|undefine) /.test(line))
        .map((line) => line.replaceAll(directory, ""));
    };
    const both = ["there define /job/stand-in.xml", `there undefine ${uuid} --nvram`];

    it("go by a stand-in, whose definition names both", () => {
      expect(undo("running", "absent")).toEqual(both);
      const xml = readFileSync(join(directory, "defined"), "utf8");
      expect(xml).toContain(`<uuid>${uuid}</uuid>`);
      expect(xml).toContain("<name>mclu-id</name>");
      expect(xml).toContain("<nvram>/nvram/it's &lt;web1&gt;</nvram>");
      expect(xml).toContain('<tpm model="tpm-crb">');
      expect(existsSync(join(directory, remaining))).toBe(false);
    });

    it("stay where the move had not begun, where it came to its end, and where another guest names the file", () => {
      expect(undo("running", "absent", { made: false })).toEqual([]);
      expect(undo("absent", "running")).toEqual([]);
      const theirs = "<nvram template='/x'>/nvram/it's &lt;web1&gt;</nvram>";
      expect(undo("running", "absent", { theirs })).toEqual([]);
    });

    it("stay with a guest whose file both nodes see, when one of them forgets it", () => {
      expect(undo("running", "off", { sharedNvram: true, made: false })).toEqual([
        `there undefine ${uuid} --keep-nvram`,
      ]);
    });
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
