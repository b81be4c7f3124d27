import { Command } from "commander";
import { expect, it } from "vitest";
import { registerClone } from "../../src/commands/clone.ts";
import type { Context } from "../../src/commands/context.ts";
import { createStyle } from "../../src/render/style.ts";
import { ableNodes, diskXml, guestXml, imageFile } from "../support/able-node.ts";
import { type FakeGuest, fakeCluster, offNode } from "../support/fake-host.ts";
import { memoryTerminal } from "../support/memory-terminal.ts";
import { testUuid } from "../support/test-driver.ts";

const path = "/images/debian-original.qcow2";
const image: FakeGuest = {
  ...{ name: "debian-original", uuid: testUuid(1), state: "shut off" },
  xml: guestXml("debian-original", "", diskXml("vda", path)),
};

it.each([
  ["ham1", "the plan of the clone can be made when the image is there\n"],
  ["ham0", ""],
])("clone to %s says once which nodes are off, also where the image is copied first", async (node, more) => {
  const able = { files: { [path]: imageFile(path, 1024 ** 3) } };
  const guests = { ham0: () => [image], ham1: () => [], ham2: () => offNode };
  const cluster = await fakeCluster(guests, "", ableNodes({ ham0: able, ham1: {} }));
  const terminal = memoryTerminal();
  let code: number | undefined;
  const context = {
    ...{ terminal, style: createStyle(false), warnings: createStyle(false), prompter: undefined },
    signal: new AbortController().signal,
    withCluster: (use: (of: typeof cluster) => Promise<number>) => use(cluster),
    finish: (result: number) => {
      code = result;
    },
  };
  const program = new Command();
  registerClone(program, context as unknown as Context);
  await program.parseAsync(["clone", "debian-original", "web1", "--node", node, "--dry-run"], { from: "user" });
  expect([code, terminal.stderr]).toEqual([0, `off: ham2\n${more}`]);
});
