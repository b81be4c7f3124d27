import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { unfinished } from "../../../src/node/jobs/rollback-shell.ts";
import { keptName } from "../../../src/operations/move/keep-shell.ts";
import { undoMove } from "../../../src/operations/move/move-shell.ts";
import { movedGuest, movedUuid, repairedMove } from "../../support/repaired-move.ts";

describe("what repairs a move leaves alone", () => {
  const { at, disk, repair, run, states, text } = repairedMove();
  const stays = { word: "stayed", states: ["paused", "absent"] };

  it("does nothing to a guest whose move never began, or was given up before, whatever it does by now", () => {
    writeFileSync(at("job-info"), "Job type:         Unbounded\nOperation:        Outgoing migration\n");
    expect(repair("paused", "absent", false, null)).toEqual({ ...stays, dropped: true });
    expect(repair("running", "absent", false, null).word).toBe("stayed");
    expect(repair("absent", "running", false, null).word).toBe("moved");
    expect(text("said")).not.toMatch(/resume|domjobabort|destroy|undefine/);
    rmSync(at("job-info"));
    expect(repair("paused", "absent").states).toEqual(["running", "absent"]);
    expect(repair("paused", "absent", false, null)).toMatchObject(stays);
  });

  it("does not resume what its user paused", () => {
    writeFileSync(at("reason"), "user");
    expect(repair("paused", "absent")).toMatchObject(stays);
  });

  it.each([
    ["another operation", "Operation:        Backup\nTime elapsed:     100          ms"],
    [
      "a migration that began when its own had to be over",
      "Operation:        Outgoing migration\nTime elapsed:     100          ms",
    ],
  ])("aborts no job of libvirt that is not its own: %s", (_what, info) => {
    writeFileSync(at("job-info"), `Job type:         Unbounded\n${info}\n`);
    execFileSync("touch", ["-d", "10 minutes ago", at("job/committing")]);
    states("running", "absent");
    expect(run(undoMove(movedGuest, []))).toMatchObject({
      status: unfinished,
      stdout: expect.stringMatching(/unclear\n$/),
    });
    expect(text("said")).not.toContain("domjobabort");
  });

  it("leaves a guest alone whose name another job has by now", () => {
    for (const path of ["job/reservation", "names/key/owner", "jobs/id/volumes", "jobs/id/committing"]) {
      mkdirSync(at(path, ".."), { recursive: true });
      writeFileSync(at(path), path.endsWith("owner") ? "later 1 boot 0 1 web1\n" : "key\n");
    }
    writeFileSync(at("jobs/id/reservation"), "key\n");
    states("paused", "running");
    const undo = () => run(undoMove(movedGuest, []), "jobs/id");
    expect(undo()).toMatchObject({ status: unfinished, stdout: "the job later has the guest's name\nunclear\n" });
    expect(text("said", "")).not.toContain("destroy");
    mkdirSync(at("jobs/later"));
    writeFileSync(at("jobs/later/end"), "done 0 1\n");
    expect(undo()).toMatchObject({ status: 0, stdout: "moved\n" });
  });

  it("leaves another file alone that has the name of a disk by now", () => {
    rmSync(disk());
    writeFileSync(at("between"), "takes the number of the disk");
    writeFileSync(disk(), "somebody else's");
    expect(repair("absent", "running").word).toBe("moved");
    expect([readFileSync(disk(), "utf8"), text("job/manifest", "")]).toEqual(["somebody else's", ""]);
    expect(existsSync(keptName(disk(), "id"))).toBe(false);
  });

  it("notes a file that had its other name already when the job was killed, once", () => {
    execFileSync("mv", [disk(), keptName(disk(), "id")]);
    writeFileSync(disk(), "somebody else's");
    expect([repair("absent", "running").word, repair("absent", "running").word]).toEqual(["moved", "moved"]);
    expect(text("job/manifest").match(/^left .*$/gm)).toEqual([expect.stringMatching(/migrated-id$/)]);
    expect(readFileSync(disk(), "utf8")).toBe("somebody else's");
  });

  it("says that it is not over where a file cannot have its other name", () => {
    writeFileSync(at("mv"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    expect(repair("absent", "running").word).toBe("unclear");
    expect(text("job/manifest", "")).toBe("");
  });

  it("leaves a guest alone that moved and is back, with the file that it names", () => {
    writeFileSync(at("theirs"), `<uuid>${movedUuid}</uuid>\n<source file='${disk()}'/>\n`);
    writeFileSync(at("reason"), "migrating");
    expect(repair("paused", "absent", false, "committed")).toEqual({ ...stays, dropped: false });
    expect(readFileSync(disk(), "utf8")).toBe("disk");
    expect(text("said")).not.toMatch(/resume|domjobabort/);
  });
});
