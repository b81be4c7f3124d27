import { expect, it } from "vitest";
import { splitPlace } from "../../../src/operations/move/split-place.ts";
import { fakeCluster } from "../../support/fake-host.ts";

it("wants the node that a guest was moved from", async () => {
  const cluster = await fakeCluster({ ham0: () => [] }, "[node.ham0]\ngroups = fast\n");
  expect(splitPlace(cluster, "ham0/web1")).toMatchObject({ node: { name: "ham0" }, name: "web1" });
  for (const text of ["web1", "@fast/web1"])
    expect(() => splitPlace(cluster, text)).toThrow(
      expect.objectContaining({ exitCode: 2, hint: "NODE/web1: the node whose mclu jobs list has the move" }),
    );
});
