import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2 from "ssh2";
import { expect, it, onTestFinished } from "vitest";
import { skipHostKeyProof } from "../../../src/node/ssh/thrift.ts";
import { makeKey } from "../../support/fake-sshd.ts";

/** RFC 4254, 4: SSH_MSG_GLOBAL_REQUEST that wants no reply, as sshd names its host keys after a login. */
function hostKeysNamed(): Buffer {
  const name = "hostkeys-00@openssh.com";
  return Buffer.concat([Buffer.from([80, 0, 0, 0, name.length]), Buffer.from(name), Buffer.from([0])]);
}

/** ssh2's server has no word for it. */
function sendRaw(connection: ssh2.Connection, payload: Buffer): void {
  const { _protocol: protocol } = connection as unknown as {
    _protocol: {
      _packetRW: { write: { allocStart: number; alloc(size: number): Buffer; finalize(packet: Buffer): Buffer } };
      _cipher: { encrypt(packet: Buffer): void };
    };
  };
  const { write } = protocol._packetRW;
  const packet = write.alloc(payload.length);
  packet.set(payload, write.allocStart);
  protocol._cipher.encrypt(write.finalize(packet));
}

it("a server that names its host keys gets a message to ignore at once, and no question", async () => {
  const heard: string[] = [];
  const server = new ssh2.Server({ hostKeys: [makeKey().private], debug: (line) => heard.push(line) }, (connection) => {
    connection.on("authentication", (login) => login.accept());
    connection.on("ready", () => sendRaw(connection, hostKeysNamed()));
    connection.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const client = new ssh2.Client();
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  client.connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port, username: "u", password: "p" });
  skipHostKeyProof(client);
  await once(client, "ready");
  await expect.poll(() => heard.join("\n")).toContain("Inbound: Received IGNORE");
  expect(heard.join("\n")).not.toContain("hostkeys-prove");
});
