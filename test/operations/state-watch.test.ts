import { expect, it } from "vitest";
import { watchStates } from "../../src/operations/state-watch.ts";
import { fakeCluster, lostNode } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

it("takes a node that falls silent for one that did not say, and passes an interruption on", async () => {
  const cluster = await fakeCluster({ ham0: () => lostNode });
  const node = cluster.node("ham0");
  expect(await watchStates(node).look(testUuid(1))).toBeUndefined();
  await expect(watchStates(node, AbortSignal.abort(new Error("stop"))).look(testUuid(1))).rejects.toThrow();
});
