import { spawnSync } from "node:child_process";
import { expect, it } from "vitest";
import { changeFunctions } from "../../src/node/change-functions.ts";

/** Removes a volume that nobody needs; says what virsh was told. */
function remove(origin: "true" | "false") {
  const script = `${changeFunctions}
mclu_free() { :; }
mclu_same() { :; }
mclu_virsh() { echo "$1" >&2; [ "$1" != vol-path ] || echo /dev/vg/web1; }
mclu_origin() { ${origin}; }
mclu_remove_volume /dev/vg/web1 5:9 vg web1`;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", script], { encoding: "utf8" });
  return { status, stdout, told: stderr.trim().split("\n") };
}

it("lets no volume of LVM go that has snapshots by then", () => {
  expect(remove("false")).toEqual({ status: 0, stdout: "", told: ["vol-path", "vol-delete"] });
  expect(remove("true")).toEqual({
    status: 1,
    stdout: "it has LVM snapshots, which would go with it\n",
    told: ["vol-path"],
  });
});
