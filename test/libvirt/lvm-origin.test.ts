import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { originShell } from "../../src/libvirt/lvm-origin.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const uuid = "LVM-kPNxhqdeUE4KMhFvHXsPdUPZdeSoolBQ0iWLUPnFYoFADbV9smyOkHdTqwNcK6uj";

/** Whether a device is an origin where /sys has these layers below it; it says which device that is, 253:16, in hexadecimal. */
function isOrigin(own: string | undefined, ...layers: readonly string[]): boolean {
  const home = temporaryDirectory();
  const block = join(home, "253:16");
  const write = (directory: string, text: string) => {
    mkdirSync(join(directory, "dm"), { recursive: true });
    writeFileSync(join(directory, "dm/uuid"), `${text}\n`);
  };
  if (own !== undefined) write(block, own);
  for (const [index, layer] of layers.entries()) write(join(block, "slaves", `dm-${index}`), layer);
  writeFileSync(
    join(home, "stat"),
    `#!/bin/sh\n[ "$1 $2" = "-L -c" ] && [ "$5" = "/dev/vg/a b" ] && echo 0xfd:0x10\n`,
    {
      mode: 0o755,
    },
  );
  const script = `${originShell.replace("/sys/dev/block", home)}mclu_origin '/dev/vg/a b'`;
  const { status, stderr } = spawnSync("sh", ["-c", script], {
    encoding: "utf8",
    env: { ...process.env, PATH: `${home}:${process.env.PATH}` },
  });
  expect(stderr).toBe("");
  return status === 0;
}

it("knows the origin of snapshots by the layer that LVM has put below it, and takes nothing else for one", () => {
  expect(isOrigin(uuid, `${uuid}-real`)).toBe(true);
  expect(isOrigin(uuid, `${uuid.replace("k", "l")}-cow`, `${uuid}-real`)).toBe(true);
  // a volume on disks, a snapshot, a thin volume, a partition, a device that is gone
  expect(isOrigin(uuid)).toBe(false);
  expect(isOrigin(uuid, `${uuid.replace("k", "l")}-real`, `${uuid}-cow`)).toBe(false);
  expect(isOrigin(uuid, `${uuid.replace("k", "l")}-tpool`)).toBe(false);
  expect(isOrigin(undefined, `${uuid}-real`)).toBe(false);
  expect(spawnSync("sh", ["-c", `${originShell}mclu_origin /nowhere || mclu_origin /dev/null`]).status).toBe(1);
});
