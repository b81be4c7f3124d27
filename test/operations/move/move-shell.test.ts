import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { identityFormat, unfinished } from "../../../src/node/jobs/rollback-shell.ts";
import { keptName } from "../../../src/operations/move/keep-shell.ts";
import { controlSocket, type MoveSubject, movedCheck, undoMove } from "../../../src/operations/move/move-shell.ts";

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
domstate) if [ "$3" = --reason ]; then echo "$state ($(cat reason 2>/dev/null || echo migrating))"; else echo "$state"; fi ;;
domjobinfo) if [ -e job-info ]; then cat job-info; else echo 'Job type:         None'; fi ;;
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
    remember();
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));
  /** What the job noted before the guest moved. */
  const remember = () => {
    const path = join(directory, "web1.qcow2");
    const identity = execFileSync("stat", ["-c", identityFormat, path], { encoding: "utf8" }).trim();
    writeFileSync(join(directory, "job/kept"), `${identity} ${path}\n`);
  };
  const run = (script: string) =>
    spawnSync("sh", ["-c", script], {
      env: { PATH: `${directory}:${process.env.PATH}`, MCLU_JOB: join(directory, "job"), MCLU_ID: "id" },
      encoding: "utf8",
    });
  /** @param there undefined: it is silent */
  const repair = (here: string, there: string | undefined, paused = false, point: string | null = "committing") => {
    if (point !== null) writeFileSync(join(directory, "job", point), "");
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
    ["off", undefined, { word: "unclear", states: ["off", "silent"], dropped: false }],
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

  const said = () => readFileSync(join(directory, "said"), "utf8");
  const stays = { word: "stayed", states: ["paused", "absent"] };

  it("does nothing to a guest whose move never began, or was given up before, whatever it does by now", () => {
    writeFileSync(join(directory, "job-info"), "Job type:         Unbounded\nOperation:        Outgoing migration\n");
    expect(repair("paused", "absent", false, null)).toEqual({ ...stays, dropped: true });
    expect(repair("running", "absent", false, null).word).toBe("stayed");
    expect(repair("absent", "running", false, null).word).toBe("moved");
    expect(said()).not.toMatch(/resume|domjobabort|destroy|undefine/);
    rmSync(join(directory, "job-info"));
    expect(repair("paused", "absent").states).toEqual(["running", "absent"]);
    expect(repair("paused", "absent", false, null)).toMatchObject(stays);
  });

  it("does not resume what its user paused", () => {
    writeFileSync(join(directory, "reason"), "user");
    expect(repair("paused", "absent")).toMatchObject(stays);
  });

  it.each([
    ["another operation", "Operation:        Backup\nTime elapsed:     100          ms"],
    [
      "a migration that began when its own had to be over",
      "Operation:        Outgoing migration\nTime elapsed:     100          ms",
    ],
  ])("aborts no job of libvirt that is not its own: %s", (_what, info) => {
    writeFileSync(join(directory, "job-info"), `Job type:         Unbounded\n${info}\n`);
    execFileSync("touch", ["-d", "10 minutes ago", join(directory, "job/committing")]);
    for (const [node, state] of Object.entries({ here: "running", there: "absent" }))
      writeFileSync(join(directory, node), state);
    expect(run(undoMove(subject, []))).toMatchObject({
      status: unfinished,
      stdout: expect.stringMatching(/unclear\n$/),
    });
    expect(said()).not.toContain("domjobabort");
  });

  it("leaves a guest alone whose name another job has by now", () => {
    for (const path of ["job/reservation", "names/key/owner", "jobs/id/volumes", "jobs/id/committing"]) {
      mkdirSync(join(directory, path, ".."), { recursive: true });
      writeFileSync(join(directory, path), path.endsWith("owner") ? "later 1 boot 0 1 web1\n" : "key\n");
    }
    writeFileSync(join(directory, "jobs/id/reservation"), "key\n");
    for (const [node, state] of Object.entries({ here: "paused", there: "running" }))
      writeFileSync(join(directory, node), state);
    const undo = () =>
      spawnSync("sh", ["-c", undoMove(subject, [])], {
        env: { PATH: `${directory}:${process.env.PATH}`, MCLU_JOB: join(directory, "jobs/id"), MCLU_ID: "id" },
        encoding: "utf8",
      });
    expect(undo()).toMatchObject({ status: unfinished, stdout: "the job later has the guest's name\nunclear\n" });
    expect(existsSync(join(directory, "said")) ? said() : "").not.toContain("destroy");
    mkdirSync(join(directory, "jobs/later"));
    writeFileSync(join(directory, "jobs/later/end"), "done 0 1\n");
    expect(undo()).toMatchObject({ status: 0, stdout: "moved\n" });
  });

  const disk = () => join(directory, "web1.qcow2");
  const manifest = () => {
    const path = join(directory, "job/manifest");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };

  it("leaves another file alone that has the name of a disk by now", () => {
    rmSync(disk());
    writeFileSync(join(directory, "between"), "takes the number of the disk");
    writeFileSync(disk(), "somebody else's");
    expect(repair("absent", "running").word).toBe("moved");
    expect([readFileSync(disk(), "utf8"), manifest()]).toEqual(["somebody else's", ""]);
    expect(existsSync(keptName(disk(), "id"))).toBe(false);
  });

  it("notes a file that had its other name already when the job was killed, once", () => {
    execFileSync("mv", [disk(), keptName(disk(), "id")]);
    writeFileSync(disk(), "somebody else's");
    expect([repair("absent", "running").word, repair("absent", "running").word]).toEqual(["moved", "moved"]);
    expect(manifest().match(/^left .*$/gm)).toEqual([expect.stringMatching(/migrated-id$/)]);
    expect(readFileSync(disk(), "utf8")).toBe("somebody else's");
  });

  it("says that it is not over where a file cannot have its other name", () => {
    writeFileSync(join(directory, "mv"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    expect(repair("absent", "running").word).toBe("unclear");
    expect(manifest()).toBe("");
  });

  it("leaves a guest alone that moved and is back, with the file that it names", () => {
    writeFileSync(join(directory, "theirs"), `<uuid>${uuid}</uuid>\n<source file='${disk()}'/>\n`);
    writeFileSync(join(directory, "reason"), "migrating");
    expect(repair("paused", "absent", false, "committed")).toEqual({ ...stays, dropped: false });
    expect(readFileSync(disk(), "utf8")).toBe("disk");
    expect(said()).not.toMatch(/resume|domjobabort/);
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
      writeFileSync(join(directory, "job/committing"), "");
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
