import { expect, it } from "vitest";
import { askedOnce } from "../../../src/operations/move/target-questions.ts";
import { ableNodes } from "../../support/able-node.ts";
import { fakeCluster } from "../../support/fake-host.ts";

it("a question about a target is put once for several guests, and again after an answer that failed", async () => {
  const cluster = await fakeCluster({ ham0: () => [], ham1: () => [] }, "", ableNodes({ ham0: {}, ham1: {} }));
  const node = cluster.node("ham1");
  const ask = node.ask.bind(node);
  let calls = 0;
  node.ask = async (query, how) => {
    calls++;
    if (calls === 1) throw new Error("the wire was cut");
    return ask(query, how);
  };
  const { reservations } = askedOnce();
  await expect(reservations(node, undefined)).rejects.toThrow("the wire was cut");
  expect(await Promise.all([reservations(node, undefined), reservations(node, undefined)])).toEqual([[], []]);
  expect(calls).toBe(2);
  await reservations(cluster.node("ham0"), undefined);
  expect(calls).toBe(2);
});
