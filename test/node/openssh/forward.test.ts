import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, it, onTestFinished } from "vitest";
import { NodeError } from "../../../src/node/failure.ts";
import { connectFrom } from "../../../src/node/node-connection.ts";
import { startSshd } from "./sshd.ts";
import { makeHome, makeWorld } from "./world.ts";

async function start(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve) => server.listen(path, resolve));
  onTestFinished(() => void server.close());
}

/** A host over the system's ssh, with a secret in the environment of the client. */
async function makeNode() {
  const { directory, key } = makeHome();
  const sshd = await startSshd(directory);
  const hosts = { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] };
  const world = makeWorld(directory, hosts, [sshd.known], { MCLU_TEST_SECRET: "sesame" });
  return { directory, node: world.node("ham0", { transport: "openssh" }) };
}

it.each(["plain.sock", "a $HOME ~ 'é.sock"])("connects to the socket %j of a node, as it is written", async (name) => {
  const { directory, node } = await makeNode();
  const said = (words: string) => createServer((socket) => socket.on("error", () => undefined).end(words));
  await start(said("right"), join(directory, name));
  await start(said("wrong"), join(directory, "sesame.sock"));
  const stream = await connectFrom(node, { socket: join(directory, name) });
  expect(await text(stream)).toBe("right");
  await node.close();
});

it.each([
  [{ socket: "/tmp/$" + "{MCLU_TEST_SECRET}.sock" }, "/tmp/"],
  [{ socket: "/tmp/%h" }, "/tmp/%h"],
  [{ socket: "/tmp/a:b" }, "/tmp/a:b"],
  [{ socket: "/tmp/a\\b" }, "/tmp/a"],
  [{ socket: "tmp/a" }, "tmp/a"],
  [{ host: "/tmp/$" + "{MCLU_TEST_SECRET}", port: 1 }, "/tmp/"],
  [{ host: "a]:1 b", port: 1 }, "a]:1 b"],
])("asks no node for %j", async (to, named) => {
  const { node } = await makeNode();
  const error = await connectFrom(node, to).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(NodeError);
  expect((error as NodeError).silence).toMatchObject({ reason: "refused", detail: expect.stringContaining(named) });
  expect((error as NodeError).silence.detail).not.toContain("sesame");
  await node.close();
});
