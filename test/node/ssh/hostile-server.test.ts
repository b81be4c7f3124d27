import type { Connection } from "ssh2";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type FakeSshdOptions, startSshd } from "../../support/fake-sshd.ts";
import { sendMessage } from "../../support/ssh-message.ts";
import { sshWorld } from "../../support/ssh-world.ts";
import { authorized, run, silenceOf } from "./asking.ts";

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
