import { describe, expect, it } from "vitest";
import { UnheardChange } from "../../../src/node/failure.ts";
import { prepareDrain } from "../../../src/operations/move/drain.ts";
import { moveGuest } from "../../../src/operations/move/move.ts";
import { type AbleNode, ableNodes, guestXml } from "../../support/able-node.ts";
import { fakeCluster, lostNode } from "../../support/fake-host.ts";
import { ended, reservedJob } from "../../support/fake-jobs.ts";
import { reachable } from "../../support/reachable.ts";
import { testUuid } from "../../support/test-driver.ts";

const web1 = { name: "web1", uuid: testUuid(1), xml: guestXml("web1", "", "") };
const reaches: AbleNode = { run: ([program]) => (program === "timeout" ? "10.0.0.1" : undefined) };

/** A guest of ham0 that is prepared to go to ham1, and the name that is reserved for its job. */
async function world() {
  const job = reservedJob("web1", ended("done"));
  const answers = ableNodes({ ham0: { ...reaches, jobs: job.answers }, ham1: reaches });
  const cluster = reachable(await fakeCluster({ ham0: () => [web1], ham1: () => [] }, "", answers));
  const [prepared] = (await prepareDrain(cluster, "ham0")).moves;
  if (!prepared) throw new Error("it can move");
  return { cluster, prepared, job };
}

describe("a move to a base", () => {
  it("does not begin where the base cannot be marked, and gives its name back", async () => {
    const { cluster, prepared, job } = await world();
    Object.assign(cluster.node("ham1"), { change: () => Promise.reject(new UnheardChange(lostNode)) });
    const bases = [{ uuid: testUuid(7), name: "debian-original" }];
    await expect(moveGuest(cluster, { ...prepared, bases }, { client: "me@here" })).rejects.toMatchObject({
      ...{ name: "UserError", exitCode: 5, message: "ham1 failed: lost: the wire was cut" },
    });
    expect(job.asked).toEqual(["reserve", "release"]);
  });
});
