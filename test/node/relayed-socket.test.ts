import { once } from "node:events";
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { Node } from "../../src/node/node.ts";
import { withRelayedSocket } from "../../src/node/relayed-socket.ts";
import type { Transport } from "../../src/node/transport.ts";

/** A node whose connection is this. */
function nodeWith(transport: Partial<Transport>): Node {
  const use: Node["use"] = (_options, work) => work(transport as Transport);
  return { name: "ham0", settings: {}, use } as unknown as Node;
}

it("passes on no more connections at once than a tool could want, and ends all of them", async () => {
  let connect: (near: PassThrough) => void = () => undefined;
  const far: PassThrough[] = [];
  const from = nodeWith({
    listen: (_path, onConnection) => {
      connect = onConnection;
      return Promise.resolve(() => undefined);
    },
  });
  const to = nodeWith({
    connect: () => {
      const stream = new PassThrough();
      far.push(stream);
      return Promise.resolve(stream);
    },
  });
  const near = Array.from({ length: 100 }, () => new PassThrough());
  await withRelayedSocket({ node: from, path: "/a" }, { node: to, path: "/b" }, async () => {
    for (const one of near) {
      connect(one);
      await new Promise(setImmediate);
    }
    expect(far.length).toBe(32);
    expect(near.filter(({ destroyed }) => !destroyed).length).toBe(32);
    // a place is free again
    const [first] = near;
    if (first) await Promise.all([once(first, "close"), first.destroy()]);
    await new Promise(setImmediate);
    connect(new PassThrough());
    await new Promise(setImmediate);
    expect(far.length).toBe(33);
  });
  expect([...near, ...far].every(({ destroyed }) => destroyed)).toBe(true);
});
