import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { stagesToScript } from "../../../src/node/jobs/job-script.ts";
import { type MoveSubject, moveFunctions, undoMove } from "../../../src/operations/move/move-shell.ts";
import { volumesStage } from "../../../src/operations/move/move-stages.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

const subject: MoveSubject = {
  ...{ uuid: "e327ea8f-da7c-4841-ac19-942d2b4e0f9d", here: "here:///", there: "there:///", paused: false },
  ...{ target: "ham1", id: "id", firmware: undefined, places: [], sharedNvram: false },
};
const disk = { target: "vda", path: "/pool/web.qcow2", pool: "default", volume: "web.qcow2", relink: null };

/** A target with one volume at most, the file `volume`, which has the bytes that are allocated. */
const virsh = `#!/bin/sh
cd "$(dirname "$0")" || exit 70
while [ "$1" != -c ]; do shift; done
node=\${2%%:*}; shift 2
case $1 in
list) [ $node = there ] || echo ${subject.uuid} ;;
vol-info) [ -e volume ] || exit 1; echo "Allocation:     $(cat volume) bytes" ;;
vol-create) . ./create ;;
vol-delete) rm volume ;;
uri) [ ! -e silent ] ;;
esac
`;

/** @param create what making a volume does, for sh */
function scene(create: string) {
  const world = temporaryDirectory();
  mkdirSync(join(world, "job/files"), { recursive: true });
  writeFileSync(join(world, "virsh"), virsh, { mode: 0o755 });
  writeFileSync(join(world, "create"), `${create}\n`);
  const env = { ...process.env, PATH: `${world}:${process.env.PATH}`, MCLU_JOB: join(world, "job"), MCLU_ID: "id" };
  const lines = () => {
    const path = join(world, "job/volumes");
    return existsSync(path) ? readFileSync(path, "utf8") : "";
  };
  return {
    script: stagesToScript([
      { name: "check", script: moveFunctions(subject) },
      { name: "make volumes", script: `${volumesStage([disk])}\nexit 1` },
    ]),
    ...{ world, env, lines },
    undo: () => spawnSync("sh", ["-c", undoMove(subject, [])], { env, encoding: "utf8" }).stdout.trim(),
    isThere: () => existsSync(join(world, "volume")),
  };
}

describe("a volume that a move makes", () => {
  it("is removed where the job was killed while libvirt made it", async () => {
    const { script, world, env, lines, undo, isThere } = scene("echo 200704 >volume; : >asked; sleep 20");
    const job = spawn("sh", ["-c", script], { env, stdio: "ignore", detached: true });
    const ended = new Promise((resolve) => job.on("exit", resolve));
    await expect.poll(() => existsSync(join(world, "asked")), { timeout: 20_000 }).toBe(true);
    process.kill(-(job.pid ?? 0), "SIGKILL");
    await ended;
    expect([lines(), isThere()]).toEqual(["default\tweb.qcow2\tmaking\n", true]);
    expect([undo(), isThere(), lines()]).toEqual(["stayed", false, ""]);
  }, 30_000);

  it.each([
    ["made", "echo 200704 >volume", "default\tweb.qcow2\n", false],
    ["not made, as another one came first", "echo 0 >volume; exit 1", "", true],
    [
      "perhaps made, by a target that then fell silent",
      "echo 0 >volume; : >silent; exit 1",
      "default\tweb.qcow2\tmaking\n",
      false,
    ],
  ])("is known by what libvirt said: %s", (_what, create, noted, stays) => {
    const { script, env, lines, undo, isThere } = scene(create);
    spawnSync("sh", ["-c", script], { env });
    expect(lines()).toBe(noted);
    expect([undo().split("\n").at(-1), isThere()]).toEqual(["stayed", stays]);
  });

  it("is named, and not forgotten, where another one with content may have its name", () => {
    const { script, world, env, lines, undo, isThere } = scene("echo 9999999 >volume; exit 124");
    spawnSync("sh", ["-c", script], { env });
    const noted = "default\tweb.qcow2\tmaking\n";
    for (const _ of [1, 2]) {
      expect(undo().split("\n")).toEqual([
        "the move may have made the volume web.qcow2 of pool default, or somebody else: once that is known, mclu virsh ham1 -- vol-delete --pool 'default' 'web.qcow2'",
        "on the target stays: default web.qcow2 ",
        "unclear",
      ]);
      expect([isThere(), lines()]).toEqual([true, noted]);
    }
    rmSync(join(world, "volume"));
    expect([undo(), lines()]).toEqual(["stayed", ""]);
  });
});
