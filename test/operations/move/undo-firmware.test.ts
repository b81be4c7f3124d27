import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { undoMove } from "../../../src/operations/move/move-shell.ts";
import { movedGuest, movedUuid, repairedMove } from "../../support/repaired-move.ts";

const firmware = {
  ...{ type: "qemu", arch: "x86_64", machine: "q35", tpm: { model: "tpm-crb", version: "2.0" } },
  ...{ nvram: "/nvram/it's <web1>", loader: "/usr/share/OVMF.fd" },
};

describe("what repairs a move: UEFI variables and the TPM's state on the target", () => {
  const { at, run, text } = repairedMove();

  const remaining = join("job", "firmware");
  /** @param theirs what a guest that the target has by now says of itself */
  const undo = (here: string, there: string, { theirs = "", sharedNvram = false, made = true } = {}) => {
    for (const [name, text] of Object.entries({ here, there, theirs })) writeFileSync(at(name), `${text}\n`);
    writeFileSync(at("job/committing"), "");
    if (made) writeFileSync(at(remaining), "/nvram/it's <web1>\n");
    run(undoMove({ ...movedGuest, firmware, sharedNvram }, []));
    const said = text("said").split("\n");
    return said.filter((line) => /^there (define|undefine) /.test(line)).map((line) => line.replaceAll(at(), ""));
  };
  const both = ["there define /job/stand-in.xml", `there undefine ${movedUuid} --nvram`];

  it("go by a stand-in, whose definition names both", () => {
    expect(undo("running", "absent")).toEqual(both);
    const xml = text("defined");
    expect(xml).toContain(`<uuid>${movedUuid}</uuid>`);
    expect(xml).toContain("<name>mclu-id</name>");
    expect(xml).toContain("<nvram>/nvram/it's &lt;web1&gt;</nvram>");
    expect(xml).toContain('<tpm model="tpm-crb">');
    expect(existsSync(at(remaining))).toBe(false);
  });

  it("stay where the move had not begun, where it came to its end, and where another guest names the file", () => {
    expect(undo("running", "absent", { made: false })).toEqual([]);
    expect(undo("absent", "running")).toEqual([]);
    const theirs = "<nvram template='/x'>/nvram/it's &lt;web1&gt;</nvram>";
    expect(undo("running", "absent", { theirs })).toEqual([]);
  });

  it("stay with a guest whose file both nodes see, when one of them forgets it", () => {
    expect(undo("running", "off", { sharedNvram: true, made: false })).toEqual([
      `there undefine ${movedUuid} --keep-nvram`,
    ]);
  });
});
