import { describe, expect, it } from "vitest";
import { NodeError, type NodeSilence } from "../../src/node/failure.ts";
import { askOne } from "../../src/operations/ask-one.ts";
import { fakeCluster, lostNode, offNode } from "../support/fake-host.ts";

describe("a question to one node", () => {
  it.each<[NodeSilence, object]>([
    [lostNode, { message: "ham0 failed: lost: the wire was cut", hint: "ping ham0" }],
    [offNode, { message: "ham0 is off: no route to host", hint: "mclu status ham0" }],
  ])("that does not answer ends with exit 5 and what to type: %#", async (silence, expected) => {
    const cluster = await fakeCluster({ ham0: () => [] });
    const asked = askOne(cluster, cluster.node("ham0"), () => Promise.reject(new NodeError(silence)));
    await expect(asked).rejects.toMatchObject({ ...expected, exitCode: 5 });
  });

  it("has its answer", async () => {
    const cluster = await fakeCluster({ ham0: () => [] });
    expect(await askOne(cluster, cluster.node("ham0"), () => Promise.resolve(1))).toBe(1);
  });
});
