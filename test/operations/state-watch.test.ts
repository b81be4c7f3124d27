import { expect, it, vi } from "vitest";
import { watchStates } from "../../src/operations/state-watch.ts";
import { fakeCluster, lostNode } from "../support/fake-host.ts";
import { testUuid } from "../support/test-driver.ts";

it("takes a node that falls silent for one that did not say, and passes an interruption on", async () => {
  const cluster = await fakeCluster({ ham0: () => lostNode });
  const node = cluster.node("ham0");
  expect(await watchStates(node).look(testUuid(1))).toBeUndefined();
  await expect(watchStates(node, AbortSignal.abort(new Error("stop"))).look(testUuid(1))).rejects.toThrow();
});

it("looks no longer than somebody waits for it, but for two seconds", async () => {
  const cluster = await fakeCluster({ ham0: () => [] });
  const node = cluster.node("ham0");
  vi.spyOn(node, "ask").mockImplementation(
    (_, { signal } = {}) => new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
  );
  const started = performance.now();
  const watch = watchStates(node);
  expect(await Promise.all([watch.look(testUuid(1), 0.5), watch.look(testUuid(2), 3)])).toEqual([undefined, undefined]);
  expect(await watch.look(testUuid(1), -1)).toBeUndefined();
  const passed = (performance.now() - started) / 1000;
  expect(passed).toBeGreaterThan(5.5);
  expect(passed).toBeLessThan(8);
});
