import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { controlDirectory, controlSocket } from "../../../src/operations/move/control-socket.ts";
import { keptName } from "../../../src/operations/move/keep-shell.ts";
import { movedCheck, undoMove } from "../../../src/operations/move/move-shell.ts";
import { movedGuest, repairedMove } from "../../support/repaired-move.ts";

describe("what repairs a move", () => {
  const { at, disk, repair, run, states, text } = repairedMove();

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
    states("off", "absent");
    writeFileSync(at("job/volumes"), "mclu-id-0\tweb1_VARS.fd\n");
    expect(
      run(undoMove({ ...movedGuest, places }, []))
        .stdout.trim()
        .split("\n")
        .at(-1),
    ).toBe("stayed");
    const said = text("said").split("\n");
    expect(said.filter((line) => /^there (pool-create-as|vol-delete|pool-destroy)/.test(line))).toEqual([
      "there pool-create-as mclu-id-0 dir --target /nvram/it's",
      "there vol-delete --pool mclu-id-0 web1_VARS.fd",
      "there pool-destroy mclu-id-0",
    ]);
    expect(existsSync(at("open"))).toBe(false);
  });

  it.each([
    ["by its path", "<source file='/pool/it&apos;s &lt;web1&gt;.qcow2'/>"],
    ["as a volume", "<source pool='other' volume='web1.qcow2'/>"],
  ])("leaves a volume that a guest of the target has by now, %s", (_how, theirs) => {
    writeFileSync(at("theirs"), `${theirs}\n`);
    expect(repair("running", "absent")).toEqual({ word: "stayed", states: ["running", "absent"], dropped: false });
    writeFileSync(at("job/volumes"), "default\tweb1.qcow2\n");
    writeFileSync(at("theirs"), "<source file='/pool/other.qcow2'/>\n");
    expect(repair("running", "absent")).toMatchObject({ dropped: true });
  });

  it("removes the socket that a killed client left", () => {
    const id = `test-${process.pid}`;
    mkdirSync(controlDirectory(id));
    writeFileSync(controlSocket(id), "");
    states("off", "absent");
    expect(run(undoMove({ ...movedGuest, id }, [])).stdout).toBe("stayed\n");
    expect(existsSync(controlDirectory(id))).toBe(false);
  });

  it("leaves a guest paused that was paused before, and gives files of one that moved their other names", () => {
    expect(repair("paused", "absent", true).states).toEqual(["paused", "absent"]);
    expect(readFileSync(disk(), "utf8")).toBe("disk");
    repair("absent", "running");
    expect(readFileSync(keptName(disk(), "id"), "utf8")).toBe("disk");
    expect(text("job/manifest")).toContain(`left `);
  });

  it("bears to run twice", () => {
    expect([repair("off", "running").word, repair("absent", "running").word]).toEqual(["moved", "moved"]);
    expect(execFileSync("ls", [at()], { encoding: "utf8" })).not.toContain("web1.qcow2");
  });

  it.each([
    ["absent", "running", 0],
    ["running", "absent", 1],
    ["absent", undefined, 2],
  ])("the job's check: %s, %s is %i", (here, there, code) => {
    writeFileSync(at("here"), `${here}\n`);
    if (there !== undefined) writeFileSync(at("there"), `${there}\n`);
    expect(run(movedCheck(movedGuest)).status).toBe(code);
  });
});
