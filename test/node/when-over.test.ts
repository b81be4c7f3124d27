import { createServer } from "node:net";
import { expect, it, onTestFinished, vi } from "vitest";
import { dial } from "../../src/node/ssh/dial.ts";
import { whenOver } from "../../src/node/when-over.ts";

it("takes a host for on whose answer is there, however long this process had no turn", async () => {
  const server = createServer((socket) => socket.destroy()).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  // timers come next after this, sockets after them
  await new Promise((resolve) => setImmediate(resolve));
  const dialled = dial({ node: "ham0", host: "127.0.0.1", port, family: 4, deadline: 0.2 });
  // the connection is begun when the address was resolved; then another program has the processor
  await Promise.resolve();
  await new Promise((resolve) => process.nextTick(resolve));
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  const socket = await dialled;
  socket.destroy();
});

it("calls back when the time is over, and not where it was stopped", async () => {
  const [over, stopped] = [vi.fn(), vi.fn()];
  whenOver(0.01, over);
  whenOver(0.01, stopped)();
  await vi.waitFor(() => expect(over).toHaveBeenCalledOnce());
  expect(stopped).not.toHaveBeenCalled();
});
