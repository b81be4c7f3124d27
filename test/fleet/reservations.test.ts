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
import { reserve } from "../../src/operations/reserve.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { follow, jobOf, openAs, until } from "./job-fleet.ts";

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
    await fleet.node("ham0").enter(`rm -r ${names}`);
  });

  it("holds as long as the job lives, and ends with it", async () => {
    const node = one().node("ham1");
    const mine = wish("ham1", "web1");
    const { key } = await reserve(one(), mine);
    const spec = jobOf([{ name: "wait", script: until("/tmp/go") }], { reservation: key });
    const id = await startJob(node, spec, { id: mine.id });
    await fleet.node("ham1").enter(`sed -i 's/ [0-9]* / 1000 /' ${names}/${key}/owner`);
    expect(await listReservations(node)).toMatchObject([{ name: "web1", stale: false }]);
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

  it("refuses a planted directory", async () => {
    await fleet.node("ham0").enter(`rm -rf ${names}; ln -s /tmp ${names}`);
    await expect(reserve(one(), wish("ham0", "web1"))).rejects.toMatchObject({
      exitCode: 6,
      message: `planted: ${names} on ham0 is a symbolic link; nothing was changed`,
    });
  });
});
