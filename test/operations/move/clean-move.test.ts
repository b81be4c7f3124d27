import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nodeDefaults } from "../../../src/cluster/config-keys.ts";
import type { Step } from "../../../src/libvirt/query.ts";
import { cleanJobs } from "../../../src/node/jobs/clean.ts";
import { identityFormat } from "../../../src/node/jobs/rollback-shell.ts";
import type { Node } from "../../../src/node/node.ts";
import { type MoveSubject, movedCheck, undoMove } from "../../../src/operations/move/move-shell.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { testUuid } from "../../support/test-driver.ts";

const id = "20261122T010000-bbbbbbbb";
const [uuid, other] = [testUuid(1), testUuid(2)];

/** libvirt of both nodes: files of a directory say what state the guest has there, and whom the source has besides. */
const virsh = (world: string) => `#!/bin/sh
cd '${world}' || exit 70
while [ "$1" != -c ]; do shift; done
node=\${2%%:*}; shift 2
case $1 in
list) [ -e $node ] || exit 1
case "$2 $3.$(cat $node)" in '--all --uuid.absent'|'--uuid .absent'|'--uuid .off') ;; *) echo ${uuid} ;; esac
[ "$node $2" != 'here --all' ] || [ ! -e other.xml ] || echo ${other} ;;
*\\;*) cat other.xml ;;
domname) echo web2 ;;
undefine) echo absent >$node ;;
pool-info|vol-pool) exit 1 ;;
esac
`;

interface Scene {
  readonly there?: "running" | "off" | "absent";
  /** The job got no word of its migration: the source has the guest still, shut off. */
  readonly unheard?: boolean;
  /** Another guest of the source has its disk by now. */
  readonly taken?: boolean;
  /** Its disk is another file by now. */
  readonly replaced?: boolean;
  /** An image elsewhere is based on its disk by now. */
  readonly based?: boolean;
  /** Somebody has written this into another file of the pool. */
  readonly beside?: string;
}

/** What gc does about a move that was cut off between its migration and the end, and what is in its pool then. */
async function clean({ there, taken = false, unheard = false, replaced = false, based = false, beside }: Scene) {
  const world = temporaryDirectory();
  const job = join(world, "mclu/jobs", id);
  for (const path of [job, join(world, "bin"), join(world, "pool")]) mkdirSync(path, { recursive: true, mode: 0o700 });
  const path = join(world, "pool/web1.qcow2");
  writeFileSync(path, "disk");
  writeFileSync(join(world, "pool/web1-vdb.qcow2"), "other disk");
  const elsewhere = join(world, "elsewhere");
  mkdirSync(elsewhere);
  if (based)
    execFileSync("qemu-img", [
      "create",
      "-q",
      "-f",
      "qcow2",
      "-u",
      "-b",
      path,
      "-F",
      "qcow2",
      join(elsewhere, "over.qcow2"),
      "1M",
    ]);
  if (beside !== undefined) writeFileSync(join(world, "pool/raw.img"), beside);
  writeFileSync(join(world, "bin/virsh"), virsh(world), { mode: 0o755 });
  writeFileSync(join(world, "here"), unheard ? "off" : "absent");
  if (there) writeFileSync(join(world, "there"), there);
  if (taken)
    writeFileSync(join(world, "other.xml"), `<domain>\n  <uuid>${other}</uuid>\n<source file='${path}'/>\n</domain>\n`);
  const subject: MoveSubject = {
    ...{ uuid, here: "here:///", there: "there:///", paused: false, target: "ham1", id },
    ...{ firmware: undefined, places: [], sharedNvram: false },
  };
  const files = {
    spec: JSON.stringify({ id, kind: "migrate", guest: "web1", template: "ham1", client: "me@here" }),
    rollback: undoMove(subject, [{ path }, { path: join(world, "pool/web1-vdb.qcow2") }], [elsewhere]),
    ...{ started: "1000\n", [unheard ? "committing" : "committed"]: "" },
    check: movedCheck(subject),
    kept: execFileSync("stat", ["-c", `${identityFormat} %n`, path, join(world, "pool/web1-vdb.qcow2")], {
      encoding: "utf8",
    }),
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(job, name), `${text}\n`, { mode: 0o600 });
  if (replaced) renameSync(path, join(world, "pool/elsewhere"));
  if (replaced) writeFileSync(path, "another's");
  const ask: Node["ask"] = async (query) => {
    const [step] = query.steps as readonly Extract<Step, { run: unknown }>[];
    const [program = "", ...argv] = (step?.run ?? []).map((word) => word.replaceAll("/var/lib/mclu", `${world}/mclu`));
    const env = { ...process.env, HOME: world, PATH: `${world}/bin:${process.env.PATH}` };
    return query.parse([{ code: 0, texts: [execFileSync(program, argv, { encoding: "utf8", env })] }]);
  };
  const settings = { ...nodeDefaults, name: "ham0", host: "ham0", uri: "here:///" };
  const { outcomes } = await cleanJobs({ ask, settings, name: "ham0" } as unknown as Node, [{ id, action: "undo" }]);
  const kept = join(world, `pool/.web1.qcow2.migrated-${id}`);
  const readJob = (name: string) => (existsSync(join(job, name)) ? readFileSync(join(job, name), "utf8") : null);
  return {
    outcome: outcomes.map((one) => (one.removed ? "removed" : one.why)),
    disk: existsSync(path) ? "its own" : existsSync(kept) ? "kept" : "gone",
    left: (readJob("manifest") ?? "")
      .split("\n")
      .flatMap((line) => (/^left \S+ \S+ .*\/pool\/(.*)/.exec(line) ?? []).slice(1)),
    end: readJob("end")?.split(" ")[0] ?? null,
    ...(replaced && {
      said: readJob("log")?.includes(`${path} is not known to be the file of before the move, and stays`),
    }),
  };
}

describe("a move that was cut off when its guest had moved is brought to its end by gc", () => {
  const kept = (name: string) => `.${name}.migrated-${id}`;
  const both = [kept("web1.qcow2"), kept("web1-vdb.qcow2")];
  const next = "its guest has moved, and the next gc offers the files that it left";
  it.each<[string, Scene, Awaited<ReturnType<typeof clean>>]>([
    ["so that its files are known", { there: "off" }, { outcome: [next], disk: "kept", left: both, end: "done" }],
    ["wherever it went since", { there: "absent" }, { outcome: [next], disk: "kept", left: both, end: "done" }],
    [
      "whatever a guest wrote into its disk",
      { there: "off", beside: "KDMVgarbage" },
      { outcome: [next], disk: "kept", left: both, end: "done" },
    ],
    [
      "but takes no file away that another guest has by now, and forgets none",
      { there: "off", taken: true },
      { outcome: [next], disk: "its own", left: ["web1.qcow2", kept("web1-vdb.qcow2")], end: "done" },
    ],
    [
      "but takes no file away that an image at another place is based on by now",
      { there: "off", based: true },
      { outcome: [next], disk: "its own", left: ["web1.qcow2", kept("web1-vdb.qcow2")], end: "done" },
    ],
    [
      "also where that is found only when it is undone",
      { there: "running", unheard: true },
      { outcome: [next], disk: "kept", left: both, end: "done" },
    ],
    [
      "also then without a file that another guest has by now",
      { there: "running", unheard: true, taken: true },
      { outcome: [next], disk: "its own", left: ["web1.qcow2", kept("web1-vdb.qcow2")], end: "done" },
    ],
    [
      "and says which file is another by now",
      { there: "off", replaced: true },
      { outcome: [next], disk: "its own", left: [kept("web1-vdb.qcow2")], end: "done", said: true },
    ],
  ])("%s", async (_what, scene, expected) => {
    expect(await clean(scene)).toEqual(expected);
  });
});
