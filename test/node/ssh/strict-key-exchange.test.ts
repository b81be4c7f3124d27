import { describe, expect, it } from "vitest";
import { NodeError } from "../../../src/node/failure.ts";
import { startSshd as startFakeSshd } from "../../support/fake-sshd.ts";
import { type Mischief, startRecorder } from "../../support/ssh-recorder.ts";
import { adminKey, sshWorld } from "../../support/ssh-world.ts";
import { startSshd } from "../openssh/sshd.ts";
import { ask, makeHome, makeWorld } from "../openssh/world.ts";

/** What Terrapin (CVE-2023-48795) is about: packets may be cut from the beginning of what such a cipher protects. */
const endangered: readonly [string, readonly string[]][] = [
  ["chacha20-poly1305", ["Ciphers chacha20-poly1305@openssh.com"]],
  ["a -etm MAC", ["Ciphers aes128-ctr", "MACs hmac-sha2-256-etm@openssh.com"]],
];
const wishes: readonly [string, readonly string[]][] = [
  ["nothing", []],
  ["another key exchange", ["KexAlgorithms ecdh-sha2-nistp256"]],
  ...endangered,
];

/** The name by which a client says that it keeps the rules of strict key exchange. */
const offer = "kex-strict-c-v00@openssh.com";

describe("strict key exchange", () => {
  it.each(wishes)("is offered to every host, whatever the configuration wishes: %s", async (_wish, config) => {
    const sshd = await startFakeSshd({ authorized: [adminKey.public] });
    const heard = await startRecorder(sshd.port);
    const node = sshWorld({ ham0: { port: heard.port, known: sshd.hostKey, config } }).node("ham0");
    expect(await ask(node, "echo hello")).toBe("hello\n");
    expect(heard.keyExchanges).toHaveLength(1);
    expect(heard.keyExchanges[0]).toContain(offer);
  });

  it.each(endangered)("is kept with OpenSSH's sshd, when keys are exchanged again too: %s", async (_what, config) => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory, ["LogLevel DEBUG3", "RekeyLimit 1M"]);
    const hosts = { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, ...config] };
    const node = makeWorld(directory, hosts, [sshd.known]).node("ham0");
    const bytes = 4_000_000;
    expect(await ask(node, `head -c ${bytes} /dev/zero | tr '\\0' x`)).toHaveLength(bytes);
    expect(sshd.keyExchanges()).toBeGreaterThan(2);
    expect(sshd.strictExchanges()).toBeGreaterThan(0);
  });

  it.each(endangered)("is no condition: %s works with a server that has none, as ssh has it", async (_what, config) => {
    const sshd = await startFakeSshd({ authorized: [adminKey.public], strict: false });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey, config } }).node("ham0");
    expect(await ask(node, "echo hello")).toBe("hello\n");
  });

  it("is not needed by what is negotiated unasked", async () => {
    const sshd = await startFakeSshd({ authorized: [adminKey.public], strict: false });
    const node = sshWorld({ ham0: { port: sshd.port, known: sshd.hostKey } }).node("ham0");
    expect(await ask(node, "echo hello")).toBe("hello\n");
    expect(sshd.seen.ciphers).toEqual([expect.stringMatching(/^aes(128|256)-gcm@openssh\.com$/)]);
  });
});

describe("a packet that somebody on the way puts into the key exchange", () => {
  const mischiefs: readonly Mischief[] = ["ignore first", "ignore in the key exchange"];

  /** Tries to log in through a relay with mischief. */
  const tryThrough = async (mischief: Mischief, strict: boolean) => {
    const sshd = await startFakeSshd({ authorized: [adminKey.public], strict });
    const heard = await startRecorder(sshd.port, mischief);
    const node = sshWorld({ ham0: { port: heard.port, known: sshd.hostKey } }).node("ham0");
    const came = await ask(node, "echo hello").catch((error: unknown) => error);
    return { came, logins: sshd.seen.logins };
  };

  it.each(mischiefs)("ends the connection before a login, where the server is strict: %s", async (mischief) => {
    const { came, logins } = await tryThrough(mischief, true);
    expect(came).toBeInstanceOf(NodeError);
    expect(logins).toEqual([]);
  });

  it.each(mischiefs)("is what an older server's client has to take: %s", async (mischief) => {
    expect(await tryThrough(mischief, false)).toMatchObject({ came: "hello\n" });
  });
});
