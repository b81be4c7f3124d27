import { rmSync } from "node:fs";
import { join } from "node:path";
import ssh2, { type AnyAuthMethod } from "ssh2";
import { describe, expect, it } from "vitest";
import type { FileIdentity } from "../../../src/node/ssh/identities.ts";
import { createKeyRing } from "../../../src/node/ssh/key-ring.ts";
import { remembered } from "../../../src/node/ssh/remembered.ts";
import type { SshSettings } from "../../../src/node/ssh/ssh-settings.ts";
import { addToAgent, makeKey, scratchDirectory, startAgent, startHost } from "./openssh.ts";
import { settingsWith } from "./settings.ts";

const directory = scratchDirectory();
const at = (name: string) => join(directory, name);
const uid = process.getuid?.() ?? 0;
const keys = {
  ed25519: makeKey(at("ed25519"), "ed25519"),
  ecdsa: makeKey(at("ecdsa"), "ecdsa"),
  rsa: makeKey(at("rsa"), "rsa", "-b", "2048"),
  locked: makeKey(at("locked"), "ed25519", "-N", "secret"),
  pem: makeKey(at("pem"), "rsa", "-b", "2048", "-m", "PEM"),
  pkcs8: makeKey(at("pkcs8"), "ecdsa", "-m", "PKCS8"),
  "pkcs8-locked": makeKey(at("pkcs8-locked"), "rsa", "-b", "2048", "-m", "PKCS8", "-N", "secret"),
  agent1: makeKey(at("agent1"), "ed25519"),
  agent2: makeKey(at("agent2"), "rsa", "-b", "2048"),
};
const socket = at("agent");
await startAgent(socket);
addToAgent(socket, at("agent1"), at("agent2"));
rmSync(at("agent2"));
const host = await startHost(at("ecdsa"), [keys.agent2.key]);

/** Whether a host that takes only `accepted` lets the methods in. */
async function logsIn(methods: AnyAuthMethod[], port: number): Promise<boolean> {
  const client = new ssh2.Client();
  const let_in = await new Promise<boolean>((resolve) => {
    client.on("ready", () => resolve(true));
    client.on("error", () => resolve(false));
    client.connect({ host: "127.0.0.1", port, username: "root", authHandler: methods, hostVerifier: () => true });
  });
  client.end();
  return let_in;
}

async function methodsFor(special: Partial<SshSettings>, passphrase?: string) {
  const ring = createKeyRing(uid);
  const settings = settingsWith(special);
  const { offered } = await ring.find(settings);
  if (passphrase !== undefined) await ring.unlock(offered[0] as FileIdentity, passphrase);
  return ring.authMethods(settings, offered);
}

describe("the keys of a run", () => {
  it.each(["ed25519", "ecdsa", "rsa", "pem", "pkcs8"] as const)("log in with a file: %s", async (name) => {
    const { port } = await startHost(at("ecdsa"), [keys[name].key]);
    expect(await logsIn(await methodsFor({ identityFiles: [at(name)] }), port)).toBe(true);
    expect(await logsIn(await methodsFor({ identityFiles: [at("agent1")] }), port)).toBe(false);
  });

  it.each(["locked", "pkcs8-locked"] as const)("log in once unlocked: %s", async (name) => {
    const { port } = await startHost(at("ecdsa"), [keys[name].key]);
    expect(await methodsFor({ identityFiles: [at(name)] })).toEqual([]);
    expect(await methodsFor({ identityFiles: [at(name)] }, "wrong")).toEqual([]);
    expect(await logsIn(await methodsFor({ identityFiles: [at(name)] }, "secret"), port)).toBe(true);
  });

  it("log in through the agent", async () => {
    expect(await logsIn(await methodsFor({ identityAgent: socket }), host.port)).toBe(true);
  });

  it("show an agent's keys only as far as IdentitiesOnly lets them", async () => {
    const special = { identityAgent: socket, identitiesOnly: true };
    expect(await logsIn(await methodsFor({ ...special, identityFiles: [at("agent1")] }), host.port)).toBe(false);
    expect(await logsIn(await methodsFor({ ...special, identityFiles: [at("agent2.pub")] }), host.port)).toBe(true);
  });

  it("are parsed once and unlocked once for all nodes", async () => {
    const ring = createKeyRing(uid);
    const settings = settingsWith({ identityFiles: [at("locked"), at("ed25519")] });
    const { offered } = await ring.find(settings);
    const [locked] = offered as FileIdentity[];
    if (locked === undefined) throw new Error("no identity");
    expect([ring.isUnlocked(locked), await ring.unlock(locked, "wrong"), ring.isUnlocked(locked)]).toEqual([
      false,
      false,
      false,
    ]);
    expect([await ring.unlock(locked, "secret"), ring.isUnlocked(locked)]).toEqual([true, true]);
    rmSync(at("locked"));
    const [first, second] = await Promise.all([1, 2].map(() => ring.authMethods(settings, offered)));
    expect(first).toHaveLength(2);
    expect(second?.map((method) => "key" in method && method.key)).toEqual(
      first?.map((method) => "key" in method && method.key),
    );
  });

  it("are looked for once where nodes name the same ones", async () => {
    const ring = createKeyRing(uid);
    const identityFiles = [at("ed25519")];
    const found = ring.find(settingsWith({ host: "node1", identityFiles }));
    expect(ring.find(settingsWith({ host: "node2", identityFiles }))).toBe(found);
    expect(ring.find(settingsWith({ identityFiles }), at("ed25519"))).not.toBe(found);
    expect(await ring.find(settingsWith({ identityFiles: [] }))).toMatchObject({ offered: [] });
  });

  it("leave out what ssh2 cannot use", async () => {
    const offered = [
      { kind: "file", path: at("rsa"), encrypted: false, keyType: "sk-ssh-ed25519@openssh.com" } as const,
    ];
    expect(await createKeyRing(uid).authMethods(settingsWith(), offered)).toEqual([]);
  });

  it("survive a file that went away", async () => {
    const ring = createKeyRing(uid);
    expect(await ring.authMethods(settingsWith(), [{ kind: "file", path: at("gone"), encrypted: false }])).toEqual([]);
    expect(await ring.unlock({ kind: "file", path: at("gone"), encrypted: true }, "x")).toBe(false);
  });

  it("asks again where an answer failed once: files that had run out are there again later", async () => {
    const held = new Map<string, Promise<string>>();
    const answers = [() => Promise.reject(new Error("EMFILE")), () => Promise.resolve("key")];
    const ask = () =>
      remembered(held, "agent", answers.shift() ?? (() => Promise.reject(new Error("asked too often"))));
    await expect(ask()).rejects.toThrow("EMFILE");
    expect(await ask()).toBe("key");
    expect(await ask()).toBe("key");
  });
});
