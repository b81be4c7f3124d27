import { writeFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { moveFunctions, undoMove } from "../../../src/operations/move/move-shell.ts";
import { migrateStage } from "../../../src/operations/move/move-stages.ts";
import { movedGuest, movedUuid, repairedMove } from "../../support/repaired-move.ts";
import { runStages } from "../../support/run-stages.ts";

const told = `there autostart ${movedUuid}`;

describe("a guest that starts with its node", () => {
  const { at, run, states, text } = repairedMove();

  it.each([true, false])("starts with the target once it has moved, and no other guest does: %s", (autostart) => {
    const virsh = `node=\${3%%:*}; shift 3; echo "$node $*" >>"$MCLU_JOB/said"
case $1 in list) [ $node != there ] || echo ${movedUuid} ;; esac`;
    const script = `mkdir -p "$MCLU_JOB/tmp"\n${moveFunctions({ ...movedGuest, autostart })}${migrateStage(["true"], [])}`;
    const end = runStages([{ name: "migrate", script }], { programs: { virsh } });
    expect([end.status, end.job("committed")]).toEqual([0, ""]);
    expect(end.job("said")?.split("\n").includes(told)).toBe(autostart);
  });

  it("does so after a repair too, which does not undo later what somebody has decided since", () => {
    const repair = () =>
      run(undoMove({ ...movedGuest, autostart: true }, []))
        .stdout.trim()
        .split("\n")
        .at(-1);
    const times = () =>
      text("said")
        .split("\n")
        .filter((line) => line === told).length;
    states("absent", "off");
    writeFileSync(at("job/committing"), "");
    // as whoever lists the jobs notes it
    writeFileSync(at("job/committed"), "");
    expect([repair(), times()]).toEqual(["moved", 1]);
    expect([repair(), times()]).toEqual(["moved", 1]);
  });

  it("does not start with a target that it never came to", () => {
    states("off", "absent");
    expect(run(undoMove({ ...movedGuest, autostart: true }, [])).stdout).toContain("stayed");
    expect(text("said")).not.toContain("autostart");
  });
});
