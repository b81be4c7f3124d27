import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nothingCarried } from "../../../src/operations/move/carried-files.ts";
import { definitionHash } from "../../../src/operations/move/last-check.ts";
import { type MoveJob, moveJobSpec } from "../../../src/operations/move/move-job.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { runStages } from "../../support/run-stages.ts";
import { testUuid } from "../../support/test-driver.ts";

const [uuid, other] = [testUuid(1), testUuid(2)];
const definition = `<domain>\n  <uuid>${uuid}</uuid>\n</domain>\n`;

/**
 * libvirt of both nodes, whose states, and what `there` has of volumes, are files of a directory. `during` happens while the
 * last disk is copied.
 */
const virsh = (world: string, during: string) => `cd '${world}' || exit 70
[ "$2" != -r ] || { shift; set -- -q "$@"; }
[ "$2" = -c ] || [ "$1" = -c ] || shift
[ "$1" = -c ] || shift
node=\${2%%:*}; shift 2
echo "$node $*" >>said
case $1 in
list) case "$2 $3.$(cat $node)" in '--all --uuid.absent'|'--uuid .absent'|'--uuid .off') ;; *) echo ${uuid} ;; esac
[ "$node $2" != 'here --all' ] || [ ! -e other.xml ] || echo ${other} ;;
domstate) echo 'shut off' ;;
domname) if [ $2 = ${uuid} ]; then cat name || exit; [ ! -e next-name ] || mv next-name name; else echo web2; fi ;;
domjobinfo) echo 'Job type:         None' ;;
dumpxml) cat here.xml ;;
*\\;*) cat here.xml; if [ -e other.xml ]; then cat other.xml; fi ;;
vol-info|vol-pool) exit 1 ;;
vol-upload) cp "$7" "volume-$5"; case $5 in *vdb*) ${during} ;; esac ;;
vol-download) cat "volume-$5" ;;
migrate) echo absent >here; echo off >there ;;
*) ;;
esac`;

/** Moves a guest of two disks while this happens at its source, or before; what the job says, and how far it came. */
function move(
  during: (at: { readonly vda: string; readonly world: string }) => string,
  before = ":",
  how: "live" | "offline" = "offline",
) {
  const world = temporaryDirectory();
  const images = join(world, "images");
  mkdirSync(images);
  const disks = ["vda", "vdb"].map((target) => ({ target, path: join(images, `${target}.qcow2`) }));
  for (const { target, path } of disks) writeFileSync(path, `the disk ${target}`);
  for (const [name, text] of Object.entries({
    ...{ here: how === "live" ? "running" : "off", there: "absent" },
    ...{ "here.xml": definition, name: "web1\n" },
  }))
    writeFileSync(join(world, name), text);
  const job: MoveJob = {
    ...{ id: "id", control: "there:///", uri: "here:///", client: "kei@desk", reservation: "key" },
    plan: {
      guest: { node: "ham0", name: "web1", uuid, state: "shut off" },
      ...{ node: "ham1", how, nvram: null, tpm: null, size: 1, control: "there:///", data: null },
      disks: disks.map((disk) => ({ ...disk, format: "qcow2", size: 1, way: "copied", pool: "default" })),
      ...{ notes: [], nodes: [] },
    },
    ...{ unsafe: false, fileSizes: new Map(), pools: new Map(), relinks: new Map(), firmware: undefined },
    ...{
      carried: nothingCarried,
      definition: definitionHash(definition.trim()),
      raw: [join(images, "raw.img")],
      imagePlaces: [join(world, "elsewhere")],
    },
  };
  const made = { name: "begin", script: `mkdir "$MCLU_JOB/tmp"; cd '${world}'; ${before}` };
  const vda = join(images, "vda.qcow2");
  const { job: read } = runStages([made, ...moveJobSpec(job).stages], {
    programs: { virsh: virsh(world, during({ vda, world })) },
  });
  const said = execFileSync("cat", [join(world, "said")], { encoding: "utf8" });
  const reason = read("reason")?.replaceAll(images, "");
  return { reason, moved: said.includes("here migrate"), copied: said.includes("vol-upload") };
}

/** Marks the guest as one that a job makes a linked clone of, and starts that. */
const cloning = `mkdir "\${MCLU_JOB%/*}/cloning"; : >"\${MCLU_JOB%/*}/cloning/started"; printf '<b:base xmlns:b="urn:mclu:base:1" job="cloning"/>\\n' >here.xml`;
/** What a job leaves that was running when the node lost its power. */
const cut = `echo an-earlier-boot 1 1 1 >"\${MCLU_JOB%/*}/cloning/process"`;

/** A qcow2 of version 3 that is based on a file. */
function overlay(path: string): string {
  const header = Buffer.alloc(104);
  header.write("514649fb00000003", "hex");
  header.writeBigUInt64BE(104n, 8);
  header.writeUInt32BE(path.length, 16);
  header.writeUInt32BE(104, 100);
  return Buffer.concat([header, Buffer.from(path)]).toString("base64");
}

describe("a guest that is off moves", { timeout: 60_000 }, () => {
  it("where nothing happens to it meanwhile", () => {
    expect(move(() => ":")).toEqual({ reason: undefined, moved: true, copied: true });
  });

  it.each([
    ["whatever a guest beside it wrote into its disk", "printf KDMVgarbage >images/raw.img"],
    ["where an image beside it is cut off", "printf 'QFI\\373\\0\\0\\0\\143' >images/cut.qcow2"],
  ])("%s", (_what, during) => {
    expect(move(() => during)).toEqual({ reason: undefined, moved: true, copied: true });
  });

  it("whatever base a guest beside it writes into the disk that it has as raw", () => {
    const evil = move(({ vda }) => `echo ${overlay(vda)} | base64 -d >images/raw.img`);
    expect(evil).toEqual({ reason: undefined, moved: true, copied: true });
  });

  it.each<[string, (at: { readonly vda: string; readonly world: string }) => string, string]>([
    [
      "wrote a disk that was copied already, and is off again",
      ({ vda }) => `printf more >>'${vda}'`,
      "changed vda changed after it was copied\n",
    ],
    ["was started", () => "echo running >here", "changed the guest is not shut off any more\n"],
    [
      "got another disk",
      () => `printf '<domain><uuid>${uuid}</uuid><disk/></domain>' >here.xml`,
      "changed the definition of the guest changed since the move was prepared\n",
    ],
    [
      "lent its disk to another guest",
      ({ vda }) => `printf "<domain>\\n <uuid>${other}</uuid>\\n<source file='${vda}'/>\\n</domain>\\n" >other.xml`,
      "changed /vda.qcow2: the guest web2 names it by now\n",
    ],
    [
      "became the base of an image at a place where there were others",
      ({ vda }) => `mkdir elsewhere; echo ${overlay(vda)} | base64 -d >elsewhere/web2.qcow2`,
      expect.stringMatching(/^changed \/vda\.qcow2: \S+\/elsewhere\/web2\.qcow2 is based on it by now\n$/),
    ],
    [
      "became the base of an image",
      ({ vda }) => `echo ${overlay(vda)} | base64 -d >images/web2.qcow2`,
      "changed /vda.qcow2: /web2.qcow2 is based on it by now\n",
    ],
    ["is being cloned", () => cloning, "busy a linked clone of it is being made: mclu jobs show cloning\n"],
    [
      "was being cloned when its node lost its power",
      () => `${cloning}; ${cut}`,
      "busy a linked clone of it was cut off: mclu gc ham0\n",
    ],
  ])("but not where it %s", (_what, during, reason) => {
    expect(move(during)).toEqual({ reason, moved: false, copied: true });
  });

  it.each([
    ["another name", "echo web-old >name", "the guest is called web-old by now"],
    ["a name that begins as its own", "echo 'web1 of old' >name", "the guest is called web1 of old by now"],
    ["no name any more", "rm name", "libvirt does not say what the guest is called by now"],
  ])("but is not even copied where it has %s, and neither is one that runs", (_what, before, why) => {
    const kept = { reason: `changed ${why}\n`, moved: false, copied: false };
    for (const how of ["offline", "live"] as const) expect(move(() => ":", before, how)).toEqual(kept);
  });

  it("and one that runs does not where it was off for a moment, and got another name", () => {
    // between the first look and the last
    const renamed = "echo web-old >next-name";
    expect(move(() => ":", "", "live")).toEqual({ reason: undefined, moved: true, copied: false });
    expect(move(() => ":", renamed, "live")).toMatchObject({
      reason: "changed the guest is called web-old by now\n",
      moved: false,
    });
  });

  it.each([
    ["has begun", cloning, "is being made: mclu jobs show cloning"],
    [
      "goes on though its first process is gone",
      `${cloning}; ${cut}; MCLU_JOB="\${MCLU_JOB%/*}/cloning" sleep 10 >/dev/null 2>&1 &`,
      "is being made: mclu jobs show cloning",
    ],
    ["was cut off", `${cloning}; ${cut}`, "was cut off: mclu gc ham0"],
  ])("but is not even copied where a clone of it %s", (_what, before, why) => {
    const reason = `busy a linked clone of it ${why}\n`;
    expect(move(() => ":", before)).toEqual({ reason, moved: false, copied: false });
  });

  it("and is copied where the clone has come to its end", () => {
    const done = `${cloning}; echo done 0 1 >"\${MCLU_JOB%/*}/cloning/end"`;
    expect(move(() => ":", done)).toMatchObject({ copied: true });
  });
});
