import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { connectFrom } from "../../../src/node/node-connection.ts";
import { startSshd } from "./sshd.ts";
import { ask, expectNothingLeft, makeHome, makeWorld } from "./world.ts";

/** A server on a Unix socket that says hello, and a node that connects to it by the system's ssh. */
async function world(answer: (socket: Socket) => void) {
  const { directory, key } = makeHome();
  const sshd = await startSshd(directory);
  const node = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]).node("ham0", {
    transport: "openssh",
  });
  const server = createServer((socket) => answer(socket.on("error", () => undefined)));
  const path = join(directory, "s");
  await once(server.listen(path), "listening");
  onTestFinished(() => void server.close());
  const stream = await connectFrom(node, { socket: path });
  const [hello] = await once(stream, "data");
  expect(String(hello)).toBe("hello\n");
  return { directory, node, stream };
}

it("errs when the connection is lost", async () => {
  const lost = await world((socket) => socket.write("hello\n"));
  const errs = once(lost.stream, "end");
  process.kill(Number(await ask(lost.node, "echo $PPID")), "SIGKILL");
  await expect(errs).rejects.toMatchObject({ silence: { reason: "lost", detail: "the connection was lost" } });
  await lost.node.close();
  await expectNothingLeft(lost.directory);
});

it("ends when its far end does", async () => {
  const { directory, node, stream } = await world((socket) => socket.end("hello\n"));
  await once(stream, "end");
  stream.end();
  await once(stream, "close");
  await node.close();
  await expectNothingLeft(directory);
});
