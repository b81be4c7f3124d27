import { expect, it } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import { virshSteps } from "../../src/libvirt/domain-query.ts";
import { volumeImagesQuery } from "../../src/libvirt/volume-images.ts";
import { Node } from "../../src/node/node.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";
import { testDriverUri } from "../support/test-driver.ts";

it("asks no virsh more than fits into one argument, whatever the names are", async () => {
  const name = "it's $(long) ".padEnd(240, "'");
  const volume = `<volume><name>${name}</name><capacity>9</capacity></volume>`;
  const pool = `<pool type='dir'><name>p</name><target><path>/p</path></target>${volume}</pool>`;
  const uri = testDriverUri(temporaryDirectory(), [], pool);
  const settings = { ...nodeDefaults, name: "ham0", host: "ham0", transport: "local", uri } as const;
  const node = new Node(settings, () => Promise.reject(new Error("a local node needs no connection")));
  const images = await node.ask(volumeImagesQuery(Array(400).fill({ pool: "p", name })));
  expect([images.length, images.every((image) => image?.file === `/p/${name}`)]).toEqual([400, true]);
});

it("asks one virsh as much as can be", () => {
  const sizes = (commands: readonly (readonly string[])[]) =>
    virshSteps(commands).map((step) => ("virsh" in step ? step.virsh.length : 0));
  expect(sizes([])).toEqual([]);
  expect(sizes(Array(401).fill(["dumpxml", "x"]))).toEqual([401, 2]);
  // one that is too long alone is asked alone
  const long = ["dumpxml", "x".repeat(200_000)];
  expect(sizes([["a"], long, ["b"], ["c"]])).toEqual([2, 2, 3]);
});
