import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { connectFrom } from "../../src/node/node-connection.ts";
import { startSshd } from "./openssh/sshd.ts";
import { ask, expectNothingLeft, makeHome, makeWorld } from "./openssh/world.ts";

const ways = [
  ["openssh", "ham0"],
  ["openssh", "ham1"],
  ["ssh", "ham0"],
  ["ssh", "ham1"],
] as const;

/** A server on a Unix socket that says hello, and a node that connects to it; ham1 is behind a jump host. */
async function world([transport, name]: (typeof ways)[number], answer: (socket: Socket) => void) {
  const { directory, key } = makeHome();
  const [jump, sshd] = [await startSshd(directory), await startSshd(directory)];
  const own = [`Port ${sshd.port}`, `IdentityFile ${key}`];
  const hosts = { ham0: own, ham1: [...own, "ProxyJump gate"], gate: [`Port ${jump.port}`, `IdentityFile ${key}`] };
  const node = makeWorld(directory, hosts, [jump.known, sshd.known]).node(name, { transport });
  const server = createServer((socket) => answer(socket.on("error", () => undefined)));
  const path = join(directory, "s");
  await once(server.listen(path), "listening");
  onTestFinished(() => void server.close());
  const stream = await connectFrom(node, { socket: path });
  const ended = once(stream, "end");
  ended.catch(() => undefined);
  const [hello] = await once(stream, "data");
  expect(String(hello)).toBe("hello\n");
  return { directory, node, stream, ended };
}

it.each(ways)("errs when the connection is lost by %s to %s", async (...way) => {
  const lost = await world(way, (socket) => socket.write("hello\n"));
  process.kill(Number(await ask(lost.node, "echo $PPID")), "SIGKILL");
  await expect(lost.ended).rejects.toMatchObject({ silence: { reason: "lost", detail: "the connection was lost" } });
  await lost.node.close();
  await expectNothingLeft(lost.directory);
});

it.each(ways)("ends when its far end does, by %s to %s", async (...way) => {
  const { directory, node, stream, ended } = await world(way, (socket) => socket.end("hello\n"));
  await ended;
  stream.end();
  await once(stream, "close");
  await node.close();
  await expectNothingLeft(directory);
});
