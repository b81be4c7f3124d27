import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/cluster/cluster.ts";
import { openCluster } from "../../src/cluster/open.ts";
import { applyPlan } from "../../src/operations/apply-plan.ts";
import { planGrowDisk } from "../../src/operations/disk/grow.ts";
import { prepareDrain } from "../../src/operations/move/drain.ts";
import { moveGuest } from "../../src/operations/move/move.ts";
import { moveSeveral } from "../../src/operations/move/move-several.ts";
import { prepareMove } from "../../src/operations/move/prepare-move.ts";
import { planRevertSnapshot } from "../../src/operations/snapshot/revert.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { diskOf, images, virsh } from "./moving.ts";

describe("what somebody else does between the plan and the deed", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const ok = async (...argv: string[]) => expect(await user.mclu(argv), argv.join(" ")).toMatchObject({ code: 0 });
  /** Does something with the library, as the user who types would. */
  const as = async <T>(work: (cluster: Cluster) => Promise<T>): Promise<T> => {
    const env = { HOME: user.home, PATH: process.env.PATH, MCLU_SSH_CONFIG: join(user.home, "ssh_config") };
    const cluster = await openCluster({ file: join(user.home, "mclu.conf"), env });
    return work(cluster).finally(() => cluster.close());
  };
  const client = "me@here";
  const sum = (path: string) => on("ham0", `sha256sum <${path}`);

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.52.0", nodes: 2 });
    user = await fleetUser(fleet);
  }, 60_000);
  afterAll(() => fleet?.down());

  it("keeps a disk as it is that an image was made on: no snapshot is reverted to, and it does not grow", async () => {
    await fleet.define("ham0", ["snapped"]);
    await ok("snapshot", "create", "ham0/snapped", "s1");
    const over = `${images}/over.qcow2`;
    const overlay = `qemu-img create -q -f qcow2 -b ${diskOf("snapped")} -F qcow2 ${over}`;
    for (const plan of [
      (cluster: Cluster) => planRevertSnapshot(cluster, { guests: ["ham0/snapped"] }, "s1"),
      (cluster: Cluster) => planGrowDisk(cluster, { guests: ["ham0/snapped"] }, "vda", { by: 1024 ** 3 }),
    ]) {
      const before = await sum(diskOf("snapped"));
      const result = await as(async (cluster) => {
        const planned = await plan(cluster);
        await on("ham0", overlay);
        return (await applyPlan(cluster, planned)).results[0];
      });
      expect(result).toMatchObject({
        ...{ outcome: "refused", hint: "type it again, and look at the new plan" },
        detail: `changed meanwhile: ${over} is based on it by now; nothing was done`,
      });
      expect(await sum(diskOf("snapped"))).toBe(before);
      await on("ham0", `rm ${over}; echo no image >${images}/odd.qcow2`);
    }
    // what nobody can read is in nobody's way
    await ok("snapshot", "revert", "ham0/snapped", "s1", "-y");
    await ok("disk", "grow", "ham0/snapped", "vda", "+1M");
    await on("ham0", `rm ${images}/odd.qcow2`);
  });

  it("moves no linked clone onto a base that was written since it was compared", async () => {
    await fleet.define("ham0", ["base1original"]);
    await ok("clone", "base1original", "twin1", "--linked", "--as-is", "--no-start");
    await ok("image", "copy", "ham0/base1original", "ham1");
    const before = await on("ham0", `ls -A ${images}`);
    await as(async (cluster) => {
      const prepared = await prepareMove(cluster, { guest: "ham0/twin1", node: "ham1" });
      const base = `${images}/base1original-ham1.qcow2`;
      await on("ham1", `printf X | dd of=${base} bs=1 seek=9000000 conv=notrunc status=none`);
      await expect(moveGuest(cluster, prepared, { client })).rejects.toMatchObject({
        exitCode: 6,
        message: `ham1:${base} changed since the two were compared, and the guest would be based on it; nothing was done`,
      });
    });
    expect([await on("ham0", `ls -A ${images}`), await on("ham1", `ls -A ${images}`)]).toEqual([
      before,
      "base1original-ham1.qcow2\n",
    ]);
    expect(await on("ham0", "ls -A /var/lib/mclu/names | grep -v '^\\.' || :")).toBe("");
  });

  it("moves no guest that was given another name, and none that has its name by then", async () => {
    // what an earlier try left
    await on("ham0", `for guest in named named-old; do ${virsh} destroy $guest; ${virsh} undefine $guest; done || :`);
    const [named] = await fleet.define("ham0", ["named"], { template: "none", start: true });
    const old = named?.uuid ?? "";
    await as(async (cluster) => {
      const prepared = await prepareMove(cluster, { guest: "ham0/named", node: "ham1" });
      await on("ham0", `${virsh} destroy ${old}; ${virsh} domrename ${old} named-old; ${virsh} start ${old}`);
      await fleet.define("ham0", ["named"], { template: "none", start: true });
      const { results } = await moveGuest(cluster, prepared, { client });
      const detail = "the guest is called named-old by now";
      expect(results).toMatchObject([{ outcome: "stayed", exitCode: 6, uuid: old, detail }]);
    });
    expect(await on("ham1", `${virsh} list --all --name | grep named || :`)).toBe("");
    expect(await on("ham0", `${virsh} list --name | sort`)).toMatch(/^named\nnamed-old$/m);
    await on("ham0", `for guest in named named-old; do ${virsh} destroy $guest; ${virsh} undefine $guest; done`);
  });

  it("drains no guest away from another one that has its disk by now, and moves the rest", async () => {
    const uuids = await fleet.define("ham1", ["first", "second"], { start: true });
    expect(uuids).toHaveLength(2);
    await as(async (cluster) => {
      const prepared = await prepareDrain(cluster, "ham1");
      expect([prepared.moves.length, prepared.stuck]).toEqual([2, []]);
      await on(
        "ham1",
        `${virsh} define /dev/stdin <<X
<domain type='qemu'><name>newcomer</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os><devices>
<disk type='file'><driver name='qemu' type='qcow2'/><source file='${diskOf("second")}'/><target dev='vda'/></disk></devices></domain>
X`,
      );
      const { results } = await moveSeveral(cluster, prepared, { client });
      expect(results).toMatchObject([
        { name: "first", outcome: "moved", exitCode: 0 },
        {
          ...{ name: "second", outcome: "stayed", node: "ham1", exitCode: 6 },
          detail: `changed meanwhile: ham1/newcomer would lose ${diskOf("second")}, which gets another name on ham1; nothing was done`,
        },
      ]);
    });
    expect(
      await on(
        "ham1",
        `${virsh} list --name; ${virsh} dumpxml second | grep -c urn:mclu:home || :; ls ${diskOf("second")}`,
      ),
    ).toBe(`second\n0\n${diskOf("second")}\n`);
  });
});
