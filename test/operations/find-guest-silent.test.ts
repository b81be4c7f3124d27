import { describe, expect, it } from "vitest";
import { findGuests } from "../../src/operations/find-guest.ts";
import { type FakeGuest, fakeCluster, lostNode, offNode } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

const web1: FakeGuest = { name: "web1", uuid: testUuid(1) };

describe("findGuests, where nodes are silent or disagree,", () => {
  it.each([
    ["all", "no node answered: ham0 (lost), ham1 (off)", "mclu status"],
    [["web1"], "whether there is a guest web1 is unknown: no answer from ham0 (lost), ham1 (off)", "ping ham0"],
    [["ham1/web1"], "whether there is a guest web1 on ham1 is unknown: no answer from ham1 (off)", "mclu status"],
  ] as const)("where nobody answers: %j", async (selectors, message, hint) => {
    const cluster = await fakeCluster({ ham0: () => lostNode, ham1: () => offNode });
    await expect(findGuests(cluster, selectors)).rejects.toMatchObject({ message, hint, exitCode: 5 });
  });

  it("names a guest that is near, and who was not asked", async () => {
    const cluster = await fakeCluster({ ham0: () => [web1], ham1: () => offNode });
    await expect(findGuests(cluster, ["WEB1"])).rejects.toMatchObject({
      ...{ message: "no guest is named WEB1; not asked: ham1 (off)", hint: "did you mean ham0/web1?", exitCode: 4 },
    });
  });

  it("says where a guest was whose node is off by now", async () => {
    let isOff = false;
    const cluster = await fakeCluster({ ham0: () => [], ham1: () => (isOff ? offNode : [web1]) });
    await findGuests(cluster, "all");
    isOff = true;
    await expect(findGuests(cluster, ["web1"])).rejects.toMatchObject({
      message: "no guest is named web1; not asked: ham1 (off)",
      ...{ hint: "it was on ham1 when that last answered: mclu on ham1", exitCode: 4 },
    });
    await expect(findGuests(cluster, ["wbe1"])).rejects.toMatchObject({ hint: "did you mean ham1/web1?" });
  });

  it("does not choose between two guests of one UUID", async () => {
    const cluster = await fakeCluster({ ham0: () => [web1], ham1: () => [{ ...web1, name: "web2" }] });
    await expect(findGuests(cluster, [web1.uuid])).rejects.toMatchObject({
      message: `${web1.uuid} is on 2 nodes: ham0/web1, ham1/web2`,
    });
  });
});
