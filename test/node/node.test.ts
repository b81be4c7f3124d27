import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import { definedQuery, definitionsQuery } from "../../src/libvirt/node-definitions.ts";
import { NodeError } from "../../src/node/failure.ts";
import { startChild } from "../../src/node/local.ts";
import { type Connect, Node } from "../../src/node/node.ts";
import type { NodeSettings } from "../../src/node/settings.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const settings: NodeSettings = { ...nodeDefaults, name: "ham0", host: "ham0", uri: "test:///default", readTimeout: 5 };

/** A node whose virsh is this script. */
function nodeWith(virsh: string): Node {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, "virsh"), `#!/bin/sh\n${virsh}\n`);
  chmodSync(join(directory, "virsh"), 0o755);
  const env = [`PATH=${directory}:${process.env.PATH}`];
  const open = (command: string) => Promise.resolve(startChild("env", [...env, "sh", "-c", command]));
  return new Node(settings, () => Promise.resolve({ open, close: () => undefined }));
}

describe("a node that lies", () => {
  it("gives no NUL, which no command can carry, to the next question", async () => {
    const node = nodeWith("printf 'a\\0b\\n'");
    const asked = node.ask(definedQuery).then(({ networks }) => node.ask(definitionsQuery("net", networks)));
    await expect(asked).rejects.toThrow(NodeError);
    await expect(asked).rejects.toMatchObject({ silence: { reason: "protocol" } });
  });
});

describe("a command that is interrupted", () => {
  it("while the connection is still being made, is interrupted and no failure of the node", async () => {
    const connect: Connect = () => new Promise(() => undefined);
    const interruption = new AbortController();
    const sink = () => undefined;
    const options = { onStdout: sink, onStderr: sink, signal: interruption.signal };
    const end = new Node(settings, connect).stream({ argv: ["true"] }, options);
    setTimeout(() => interruption.abort(), 50);
    expect(await end).toEqual({ kind: "interrupted" });
  });
});
