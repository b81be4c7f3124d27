import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { nodeDefaults } from "../../src/cluster/config-keys.ts";
import { definedQuery, definitionsQuery } from "../../src/libvirt/node-definitions.ts";
import { failed, NodeError } from "../../src/node/failure.ts";
import { localTransport, startChild } from "../../src/node/local.ts";
import { type Connect, Node } from "../../src/node/node.ts";
import type { NodeSettings } from "../../src/node/settings.ts";
import type { Transport } from "../../src/node/transport.ts";
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

  it("is not read where it sends millions of lines", async () => {
    const detail = "the answer has more than 1000000 lines";
    const asked = nodeWith("yes '' | head -n 1000100").ask(definedQuery);
    await expect(asked).rejects.toMatchObject({ silence: { reason: "protocol", detail } });
  });
});

it.each(["Disconnected from qemu:///system due to end of file", "Reconnected to the hypervisor"])(
  "a node whose libvirtd is started again while it is asked has failed, though virsh goes on and ends well: %s",
  async (said) => {
    // what failed in the middle would read as: there is none
    const asked = nodeWith(`echo 'error: ${said}' >&2`).ask(definedQuery);
    const detail = "libvirtd ended, or was started again, while it was asked";
    await expect(asked).rejects.toMatchObject({ silence: { reason: "libvirt-down", detail } });
    await nodeWith("echo 'error: failed to get domain Reconnected to the hypervisor' >&2").ask(definedQuery);
  },
);

describe("a question over a connection that an earlier one left", () => {
  /** A node that loses power after its first answer, and is then what `next` says. */
  function nodeThatGoes(next: () => Promise<Transport>): { node: Node; connections: () => number } {
    let connections = 0;
    let questions = 0;
    const lost = () => Promise.reject(failed("lost", "the connection was closed", "mclu status"));
    const open = (command: string) => (++questions > 1 ? lost() : Promise.resolve(startChild("sh", ["-c", command])));
    const connect: Connect = () => (++connections > 1 ? next() : Promise.resolve({ open, close: () => undefined }));
    return { node: new Node(settings, connect), connections: () => connections };
  }
  const off = () => Promise.reject(new NodeError({ state: "off", detail: "no answer" }));

  it("finds the node off where it is off now, and asks the one that is back", async () => {
    const gone = nodeThatGoes(off);
    const back = nodeThatGoes(() => Promise.resolve(localTransport));
    for (const { node } of [gone, back]) await node.ask(definedQuery, { repeatable: true });
    await expect(gone.node.ask(definedQuery, { repeatable: true })).rejects.toMatchObject({
      silence: { state: "off" },
    });
    expect(await back.node.ask(definedQuery, { repeatable: true })).toHaveProperty("networks");
    expect([gone.connections(), back.connections()]).toEqual([2, 2]);
  });

  it("is not asked twice where it might have been heard, nor on a new connection", async () => {
    const { node, connections } = nodeThatGoes(off);
    await node.ask(definedQuery);
    await expect(node.ask(definedQuery)).rejects.toMatchObject({ silence: { reason: "lost" } });
    expect(connections()).toBe(1);
    const open = () => Promise.reject(failed("lost", "the connection was closed", "mclu status"));
    const first = new Node(settings, () => Promise.resolve({ open, close: () => undefined }));
    await expect(first.ask(definedQuery, { repeatable: true })).rejects.toMatchObject({ silence: { reason: "lost" } });
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

it("a node owes since its oldest question that has no answer, and nothing between two questions", async () => {
  const ends: (() => void)[] = [];
  const open = () =>
    new Promise<never>((_, reject) =>
      ends.push(() => reject(failed("lost", "the connection was closed", "mclu status"))),
    );
  const node = new Node(settings, () => Promise.resolve({ open, close: () => undefined }));
  const ask = async () => {
    const answer = node.ask(definedQuery).catch(() => undefined);
    await vi.waitFor(() => expect(ends.length).toBeGreaterThan(0));
    return { answer, begun: node.owedSince ?? Number.NaN, end: ends.shift() };
  };
  expect(node.owedSince).toBeUndefined();
  const first = await ask();
  expect(first.begun).toBeLessThanOrEqual(performance.now());
  const second = await ask();
  expect(second.begun).toBe(first.begun);
  first.end?.();
  await first.answer;
  expect(node.owedSince).toBeGreaterThan(first.begun);
  second.end?.();
  await second.answer;
  expect(node.owedSince).toBeUndefined();
});
