import { execFileSync } from "node:child_process";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { baseHintQuery, type FileHint, type FilePlace } from "../../src/libvirt/base-hint.ts";
import { asNobody } from "../support/as-nobody.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const runHere = (file: string, args: readonly string[]) => execFileSync(file, args, { encoding: "utf8" });

/** Asks this machine. */
function hints(files: readonly FilePlace[], run = runHere): readonly FileHint[] {
  const { steps, parse } = baseHintQuery(files);
  return parse(
    steps.map((step) => {
      const [file = "", ...args] = "run" in step ? step.run : [];
      return { code: 0, texts: [run(file, args)] };
    }),
  );
}

describe("a look for what may be based on a file", () => {
  it.each(["base.qcow2", "it's $(a) base", "-dash.qcow2", "[x]*.qcow2"])("finds an overlay of %s", (name) => {
    const directory = temporaryDirectory();
    const [base, over] = [join(directory, name), join(directory, ".over.part")];
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "--", base, "1M"]);
    expect(hints([{ directory, name }])).toEqual(["unlikely"]);
    execFileSync("qemu-img", ["create", "-q", "-f", "qcow2", "-F", "qcow2", "-b", base, over]);
    expect(hints([{ directory, name: ".over.part" }])).toEqual(["unlikely"]);
    expect(hints([{ directory, name }])).toEqual(["likely"]);
  });

  it("says of a directory that it cannot be listed", () => {
    const directory = temporaryDirectory();
    chmodSync(directory, process.getuid?.() === 0 ? 0o711 : 0o311);
    expect(hints([{ directory, name: "base" }], asNobody)).toEqual(["closed"]);
    chmodSync(directory, 0o755);
    expect(hints([{ directory, name: "base" }], asNobody)).toEqual(["unlikely"]);
  });

  it("asks about each directory once, and not about what lies deeper in a file or is no file", () => {
    const [one, other] = [temporaryDirectory(), temporaryDirectory()];
    writeFileSync(join(one, "guest.img"), `${"\0".repeat(8192)}deep.img`);
    execFileSync("mkfifo", [join(one, "pipe")]);
    writeFileSync(join(other, "short"), "near.img");
    const files = [
      { directory: one, name: "deep.img" },
      { directory: other, name: "near.img" },
      { directory: one, name: "more.img" },
      { directory: "/nonexistent", name: "near.img" },
    ];
    expect(baseHintQuery(files).steps).toHaveLength(3);
    expect(hints(files)).toEqual(["unlikely", "likely", "unlikely", "unlikely"]);
    expect(baseHintQuery([]).parse([])).toEqual([]);
  });
});
