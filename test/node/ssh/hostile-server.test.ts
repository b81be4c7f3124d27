import type { Socket } from "node:net";
import type { Connection } from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeSshdOptions, startSshd } from "../../support/fake-sshd.ts";
import { sendMessage } from "../../support/ssh-message.ts";
import { type Mischief, startRecorder } from "../../support/ssh-recorder.ts";
import { sshWorld } from "../../support/ssh-world.ts";
import { ask, authorized, run, silenceOf } from "./asking.ts";

/** Numbers of SSH messages (RFC 4250, 4.1.2). */
const [disconnect, failure, success, banner] = [1, 51, 52, 53];

const nodeOf = async (options: FakeSshdOptions) => {
  const sshd = await startSshd({ authorized, ...options });
  return sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
};

/** Says one thing as fast as it is taken, until the client has gone. */
function floodWith(kind: number, ...fields: readonly (number | boolean | string)[]) {
  return (connection: Connection) => {
    let gone = false;
    connection.once("close", () => {
      gone = true;
    });
    const send = () => {
      for (let count = 0; count < 20 && !gone; count++) sendMessage(connection, kind, ...fields);
      if (!gone) setImmediate(send);
    };
    send();
  };
}

describe("a server that says more than it has to", () => {
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => warnings.push(name);
  beforeEach(() => void process.on("warning", onWarning));
  afterEach(() => void process.off("warning", onWarning));

  it("lets somebody in thirty times, and that is once", async () => {
    const node = await nodeOf({
      onLogin(connection, attempt) {
        attempt.accept();
        for (let count = 0; count < 30; count++) sendMessage(connection, success);
      },
    });
    expect((await run(node, "echo in")).stdout).toBe("in\n");
    await new Promise(setImmediate);
    expect(warnings).toEqual([]);
  });

  it("says good-bye at length: its beginning is kept", async () => {
    const said = `\x1b]0;gone\x07${"\u{1f600}".repeat(8000)}`;
    const node = await nodeOf({ onLogin: (connection) => sendMessage(connection, disconnect, 2, said, "") });
    const silence = await silenceOf(run(node, "true"));
    expect(silence).toMatchObject({ state: "failed", reason: "auth" });
    expect(silence.detail).toMatch(/^admin was not let in: \x1b\]0;gone\x07(?:\u{1f600})+\.\.\.$/u);
    expect(silence.detail.length).toBeLessThan(1010);
  });
});

describe("a server that takes hardly anything at once", () => {
  type Confirm = (theirs: number, ours: number, window: number, packetSize: number) => void;
  const nodeTaking = (size: number) =>
    nodeOf({
      onLogin(connection, attempt) {
        const { _protocol: protocol } = connection as unknown as {
          readonly _protocol: { channelOpenConfirm: Confirm };
        };
        const confirm = protocol.channelOpenConfirm.bind(protocol);
        protocol.channelOpenConfirm = (theirs, ours, window) => confirm(theirs, ours, window, size);
        attempt.accept();
      },
    });

  it.each([0, 1, 255])("is left, where the rest would be sent for ever: %i bytes", async (size) => {
    expect(await silenceOf(run(await nodeTaking(size), "cat"))).toMatchObject({ state: "failed", reason: "lost" });
  });

  it("is served, where it is more than that", async () => {
    expect((await run(await nodeTaking(256), "echo in")).stdout).toBe("in\n");
  });
});

describe("a server whose login has no end", () => {
  it("wants one thing more after each key: no key is shown to it twice", async () => {
    let asked = 0;
    const node = await nodeOf({
      onLogin(_, attempt) {
        asked++;
        attempt.reject(["publickey", "keyboard-interactive"], true);
      },
    });
    expect(await silenceOf(run(node, "true"))).toMatchObject({ reason: "auth" });
    expect(asked).toBe(1);
  });

  it.each([
    ["partial successes", "auth", floodWith(failure, "publickey,keyboard-interactive", true)],
    ["banners", "slow", floodWith(banner, "hello\n".repeat(5000), "")],
  ] as const)(
    "sends %s without end: it is left",
    async (_, reason, flood) => {
      const node = await nodeOf({ onLogin: flood });
      const before = process.memoryUsage().rss;
      const begun = performance.now();
      expect(await silenceOf(run(node, "true"))).toMatchObject({ reason });
      expect(performance.now() - begun).toBeLessThan(12_000);
      expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
    },
    20_000,
  );
});

describe("a server whose packets are none", () => {
  it.each<[Mischief, RegExp]>([
    ["damage after new keys", /^what arrives is no SSH, or was damaged on the way: \S/],
    ["more padding than packet", /^Received unexpected packet type 0$/],
  ])("before the login: %s", async (mischief, detail) => {
    const sshd = await startSshd({ authorized });
    const { port } = await startRecorder(sshd.port, mischief);
    const node = sshWorld({ ham0: { port, known: sshd.hostKey } }).node("ham0");
    const silence = await silenceOf(run(node, "true"));
    expect(silence).toMatchObject({ reason: "protocol", hint: `ssh -v -p ${port} admin@ham0` });
    expect(silence.detail).toMatch(detail);
    expect(sshd.seen.logins).toEqual([]);
  });

  it.each<[string, string[]]>([
    ["AES-GCM", []],
    ["ChaCha20-Poly1305", ["Ciphers chacha20-poly1305@openssh.com"]],
    ["a MAC of its own", ["Ciphers aes128-ctr", "MACs hmac-sha2-256"]],
  ])("after it, with %s: it was lost, and why is said", async (_, config) => {
    const sshd = await startSshd({
      authorized,
      onExec: (channel) => {
        const { _client } = channel as unknown as { _client: { _sock: Socket } };
        _client._sock.write(Buffer.alloc(4096, 0x01));
      },
    });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey, config } }).node("ham0");
    const expected = {
      reason: "lost",
      detail: expect.stringMatching(/^the connection was lost: what arrives is no SSH, or was damaged on the way: \S/),
      hint: `ssh -v -p ${sshd.port} admin@ham0`,
    };
    expect(await silenceOf(run(node, "true"))).toMatchObject(expected);
    expect(await silenceOf(ask(node, "true"))).toMatchObject(expected);
  });
});
