import { expect, it } from "vitest";
import { NodeError } from "../../../src/node/failure.ts";
import { sharingOf } from "../../../src/operations/move/shared-files.ts";
import { fakeCluster, lostNode } from "../../support/fake-host.ts";

interface Case {
  /** The file systems of the file on the source and on the target; null: it is not there. */
  readonly kinds: readonly [string | null, string | null];
  /** Whether a probe can be made beside it, and is seen on the target then. */
  readonly makes?: boolean;
  readonly sees?: boolean;
}

/** Two nodes and a file that both may see; what was made beside it is removed by a node that is lost then. */
async function look({ kinds, makes = true, sees = true }: Case) {
  const removed: string[] = [];
  const run = (argv: readonly string[], node: string) => {
    const [path = "", script = ""] = [argv[4], argv[2]];
    if (script.includes("set -C")) return { code: makes ? 0 : 1, texts: [""] };
    if (script.startsWith("rm -f")) {
      removed.push(path);
      throw new NodeError(lostNode);
    }
    const isProbe = path.includes(".mclu-probe-");
    const kind = isProbe ? (sees ? "nfs" : null) : kinds[node === "ham0" ? 0 : 1];
    return kind === null ? "none\n" : `1:1 4096 1:1 ${kind} | regular file | regular file\n`;
  };
  const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] }, "", { run });
  const sharing = await sharingOf(cluster.node("ham0"), cluster.node("ham1"), "/images/a.qcow2", undefined);
  return { sharing, removed };
}

it.each<[string, Case, object, number]>([
  ["seen by both, by libvirt too", { kinds: ["nfs", "nfs"] }, { kind: "shared", known: true }, 1],
  ["seen by both, and unknown to libvirt", { kinds: ["fuseblk", "fuseblk"] }, { kind: "shared", known: false }, 1],
  ["another one there", { kinds: ["nfs", "nfs"], sees: false }, { kind: "taken" }, 1],
  ["in a directory where nothing can be made", { kinds: ["nfs", "nfs"], makes: false }, { kind: "taken" }, 1],
  ["on a disk of its own there", { kinds: ["nfs", "ext2/ext3"] }, { kind: "taken" }, 0],
  ["on a disk of its own here", { kinds: ["ext2/ext3", "nfs"] }, { kind: "taken" }, 0],
  ["not here", { kinds: [null, "nfs"] }, { kind: "taken" }, 0],
  ["not there", { kinds: ["nfs", null] }, { kind: "absent" }, 0],
])("a file is %s", async (_what, how, expected, probes) => {
  const { sharing, removed } = await look(how);
  expect(sharing).toEqual(expected);
  expect(removed).toHaveLength(probes);
  for (const path of removed) expect(path).toMatch(/^\/images\/\.mclu-probe-/);
});
