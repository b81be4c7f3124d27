import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../../src/index.ts";
import { makeJobId } from "../../src/node/jobs/job-id.ts";
import {
  listReservations,
  releaseReservation,
  reservationKey,
  reserveOnNode,
} from "../../src/node/jobs/reservation.ts";
import { startJob } from "../../src/node/jobs/start.ts";
import { planRename } from "../../src/operations/rename.ts";
import { reserve } from "../../src/operations/reserve.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { follow, jobOf, openAs, until } from "./job-fleet.ts";
import { unwrapPrograms, wrapPrograms } from "./wrap.ts";

const names = "/var/lib/mclu/names";

describe("reservations", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let clusters: Cluster[];
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.133.0", nodes: 2, kinds: { ham1: "sudo" } });
    user = await fleetUser(fleet);
    clusters = await Promise.all([openAs(user), openAs(user)]);
  });
  afterAll(async () => {
    await Promise.all((clusters ?? []).map((cluster) => cluster.close()));
    await fleet?.down();
  });

  const mib = 1024 ** 2;
  const wish = (node: string, name: string, id = makeJobId()) => ({ node, name, id, memory: 256 * mib });
  const one = () => clusters[0] as Cluster;

  it.each([
    ["one node", ["ham0", "ham0"]],
    ["two nodes", ["ham0", "ham1"]],
  ])("gives a name to exactly one of two clients, five times on %s", async (_what, nodes) => {
    for (let round = 0; round < 5; round++) {
      const name = `race${round} $(x)'`;
      const wishes = nodes.map((node) => wish(node, name));
      const results = await Promise.allSettled(wishes.map((each, index) => reserve(clusters[index] as Cluster, each)));
      const lost = results.filter((result) => result.status === "rejected");
      expect(lost).toMatchObject([
        { reason: { exitCode: 6, message: expect.stringContaining("nothing was changed") } },
      ]);
      const seen = await Promise.all(one().nodes.map((node) => listReservations(node)));
      expect(seen.flat().filter((there) => there.name === name)).toMatchObject([
        { held: true, stale: false, memory: 256 * mib },
      ]);
      for (const { node, id } of wishes) await releaseReservation(one().node(node), reservationKey(name), id);
    }
    expect(await fleet.node("ham0").enter(`ls ${names}`)).toBe("");
  });

  it("refuses the name of a guest, and says how much memory was reserved before", async () => {
    await fleet.define("ham1", ["taken"], { template: "none" });
    await expect(reserve(one(), wish("ham0", "taken"))).rejects.toMatchObject({
      exitCode: 6,
      message: "there is a guest ham1/taken",
    });
    const first = await reserve(one(), wish("ham0", "a"));
    const second = await reserve(one(), wish("ham0", "b"));
    expect([first.ahead, second.ahead]).toEqual([0, 256 * mib]);
    expect(second.overviews.get("ham1")?.domains.map(({ name }) => name)).toEqual(["taken"]);
    // nor does a guest that is there already get the name
    const { targets } = await planRename(one(), "taken", "a");
    expect(targets).toMatchObject([
      { verdict: "refused", why: "somebody has reserved the name a on ham0, and begun no job" },
    ]);
    // as a client leaves it that is killed before it starts its job, which jobs does not show
    await expect(reserve(one(), wish("ham0", "a"))).rejects.toMatchObject({
      ...{ exitCode: 6, message: "somebody has reserved the name a on ham0, and begun no job; nothing was changed" },
      hint: expect.stringContaining("in 10 min"),
    });
    await fleet.node("ham0").enter(`rm -r ${names}`);
  });

  it("holds as long as the job lives, and ends with it", async () => {
    const node = one().node("ham1");
    const mine = wish("ham1", "web1");
    const { key } = await reserve(one(), mine);
    const spec = jobOf([{ name: "wait", script: until("/tmp/go") }], { reservation: key });
    const id = await startJob(node, spec, { id: mine.id });
    await fleet.node("ham1").enter(`sed -i 's/ [0-9]* / 1000 /' ${names}/${key}/owner`);
    expect(await listReservations(node)).toMatchObject([{ name: "web1", stale: false, begun: true }]);
    await expect(reserve(one(), wish("ham0", "web1"))).rejects.toMatchObject({
      ...{ message: "somebody is building a guest web1 on ham1; nothing was changed", hint: "mclu jobs" },
    });
    await fleet.node("ham1").enter("touch /tmp/go");
    await follow(one(), "ham1", id);
    expect(await listReservations(node)).toEqual([]);
  });

  it("gives way when it is old or of another boot; gc names it", async () => {
    const node = one().node("ham0");
    const [old, other] = [wish("ham0", "old"), wish("ham0", "other")];
    for (const each of [old, other]) expect(await reserveOnNode(node, each)).toBe("reserved");
    expect(await reserveOnNode(node, wish("ham0", "old"))).toBe("taken");
    const edit = (name: string, how: string) =>
      fleet.node("ham0").enter(`sed -i '${how}' ${names}/${reservationKey(name)}/owner`);
    await edit("old", "s/ [0-9]* / 1000 /");
    await edit("other", "s/^\\([^ ]* [^ ]*\\) [^ ]*/\\1 another-boot/");
    expect((await listReservations(node)).map(({ stale }) => stale)).toEqual([true, true]);
    const { stdout } = await user.mclu(["gc", "--dry-run"]);
    expect(stdout).toContain("remove ham0: the reservation of other: no job holds it any more\n");
    expect(await reserveOnNode(node, wish("ham0", "old"))).toBe("reserved");
    expect(await user.mclu(["gc", "-y"])).toMatchObject({ code: 0, stdout: "removed ham0: other\n" });
    expect(await listReservations(node)).toMatchObject([{ name: "old", stale: false }]);
  });

  const above = "/var/lib/mclu";
  it.each([
    [`rm -rf ${names}; ln -s /tmp ${names}`, names, "is a symbolic link"],
    [`rm -rf ${names}; mkdir -m 750 ${names}`, names, "has mode 750, not 700"],
    [`rm -rf ${names}; touch ${names}`, names, "is not a directory"],
    [`chmod 777 ${above}`, above, "has mode 777: others may write there"],
    [`chmod 720 ${above}`, above, "has mode 720: others may write there"],
    [`chown 1000 ${above}`, above, "belongs to user 1000"],
  ])("refuses a planted directory: %s", async (plant, path, why) => {
    await fleet.node("ham0").enter(plant);
    await expect(reserve(one(), wish("ham0", "web1"))).rejects.toMatchObject({
      exitCode: 6,
      message: `planted: ${path} on ham0 ${why}; nothing was changed`,
      hint: expect.stringContaining(`mclu exec ham0 -- ls -ld ${path}`),
    });
    await fleet.node("ham0").enter(`chown 0:0 ${above}; chmod 700 ${above}; rm -rf ${names}`);
  });

  it("refuses what is planted above the place of a login that is not root", async () => {
    const node = fleet.node("ham1");
    const plain = await fleetUser(fleet, { config: (text) => text.replace("become = sudo", "become = none") });
    const cluster = await openAs(plain);
    const home = "/home/admin";
    const plants = [
      [`ln -s /tmp ${home}/.local`, `${home}/.local`, "is a symbolic link"],
      [`mkdir ${home}/.local; ln -s /tmp ${home}/.local/state`, `${home}/.local/state`, "is a symbolic link"],
      [`mkdir -p ${home}/.local/state; chmod 777 ${home}/.local/state`, `${home}/.local/state`, "has mode 777: others"],
      [
        `mkdir -p ${home}/.local/state/mclu; chown 1000 ${home}/.local/state/mclu`,
        `${home}/.local/state/mclu`,
        "belongs to user 1000",
      ],
    ] as const;
    for (const [plant, path, why] of plants) {
      await node.enter(`rm -rf ${home}/.local; ${plant}; chown -Rh --from=0:0 admin:admin ${home}/.local`);
      await expect(reserve(cluster, wish("ham1", "web1"))).rejects.toMatchObject({
        exitCode: 6,
        message: expect.stringContaining(`planted: ${path} on ham1 ${why}`),
      });
    }
    await node.enter(`rm -rf ${home}/.local`);
    await cluster.close();
  });

  it.each(["SIGINT", "SIGTERM"] as const)(
    "of a move is given back that %s interrupts while it is made, and the move begins when it is typed again",
    async (name) => {
      const ham0 = fleet.node("ham0");
      await fleet.define("ham0", ["moves"], { template: "none" });
      // it is made, and the answer does not come
      await wrapPrograms(ham0, {
        mv: `/usr/bin/mv "$@"; case $* in *-T*/names/*) : >/tmp/reserved; exec sleep 6 ;; esac`,
      });
      const waits = ham0.enter("until [ -e /tmp/reserved ]; do sleep 0.1; done");
      const run = await user.mclu(["migrate", "ham0/moves", "ham1"], { signal: { name, when: waits }, limit: 60_000 });
      expect(run.code).toBe(130);
      await unwrapPrograms(ham0);
      await ham0.enter(`rm /tmp/reserved; flock ${names}/.lock sleep 1`);
      expect(await ham0.enter(`ls ${names}`)).toBe("");
      const again = await user.mclu(["migrate", "ham0/moves", "ham1"], { limit: 60_000 });
      expect([again.code, again.stderr.match(/error:.*/)]).toEqual([0, null]);
      await fleet.node("ham1").enter("virsh -q undefine moves");
    },
  );
});
