import { copyFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { startSshd } from "./openssh/sshd.ts";
import {
  ask,
  certify,
  expectNothingLeft,
  makeHome,
  makeKey,
  makeWorld,
  publicKey,
  silenceOf,
} from "./openssh/world.ts";
import { fidoKey } from "./ssh/settings.ts";

const postQuantum = "KexAlgorithms sntrup761x25519-sha512@openssh.com";

describe("how a node is reached", () => {
  it("is ssh2 where nothing speaks against it", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory);
    const node = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]).node(
      "ham0",
    );
    expect(await ask(node, "echo hi")).toBe("hi\n");
    expect(node.transportUse).toEqual({ kind: "ssh" });
  });

  it("is ssh2 with the algorithms that the configuration allows", async () => {
    const { directory, key } = makeHome();
    const only = ["KexAlgorithms ecdh-sha2-nistp384", "Ciphers aes256-ctr", "MACs hmac-sha2-512"];
    const sshd = await startSshd(directory, only);
    const hosts = {
      ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, ...only],
      ham1: [`Port ${sshd.port}`, `IdentityFile ${key}`, "KexAlgorithms curve25519-sha256"],
    };
    const world = makeWorld(directory, hosts, [sshd.known]);
    const node = world.node("ham0");
    expect(await ask(node, "echo hi")).toBe("hi\n");
    expect(node.transportUse).toEqual({ kind: "ssh" });
    // nothing in common: neither ssh2 nor OpenSSH goes beyond what is allowed
    expect(await silenceOf(ask(world.node("ham1"), "true"))).toMatchObject({ reason: "protocol" });
    expect(await silenceOf(ask(world.node("ham1", { transport: "ssh" }), "true"))).toMatchObject({
      reason: "protocol",
    });
  });

  it("is OpenSSH for a user's certificate", async () => {
    const { directory } = makeHome();
    const authority = makeKey(directory, "ca");
    const key = makeKey(directory, "certified");
    const sshd = await startSshd(directory, [`TrustedUserCAKeys ${authority}.pub`]);
    const world = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]);
    expect(await silenceOf(ask(world.node("ham0"), "true"))).toMatchObject({ reason: "auth" });
    certify(authority, key, "-n", "root,admin");
    // keys are looked for once a run
    const later = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [sshd.known]);
    const node = later.node("ham0", { user: "root" });
    expect(await ask(node, "echo hi")).toBe("hi\n");
    expect(node.transportUse).toEqual({ kind: "openssh", reason: `certificate ${key}-cert.pub` });
    expect(await silenceOf(ask(later.node("ham0", { user: "root", transport: "ssh" }), "true"))).toMatchObject({
      reason: "auth",
    });
  });

  it("is OpenSSH for a host's certificate", async () => {
    const { directory, key } = makeHome();
    const authority = makeKey(directory, "ca");
    const host = makeKey(directory, "host");
    certify(authority, host, "-h", "-n", "127.0.0.1");
    const sshd = await startSshd(directory, [`HostKey ${host}`, `HostCertificate ${host}-cert.pub`]);
    const node = makeWorld(directory, { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`] }, [
      `@cert-authority * ${publicKey(authority)}`,
    ]).node("ham0");
    expect(await ask(node, "echo hi")).toBe("hi\n");
    expect(node.transportUse).toMatchObject({
      kind: "openssh",
      reason: expect.stringContaining("@cert-authority in "),
    });
  });

  it("is OpenSSH for a host that allows post-quantum key exchange only", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory, [postQuantum]);
    const hosts = {
      ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`],
      ham1: [`Port ${sshd.port}`, `IdentityFile ${key}`, postQuantum],
    };
    const world = makeWorld(directory, hosts, [sshd.known]);
    // found out in the key exchange
    const node = world.node("ham0");
    expect(await ask(node, "echo hi")).toBe("hi\n");
    expect(node.transportUse).toMatchObject({ kind: "openssh", reason: expect.stringContaining("ssh2: ") });
    expect(sshd.connections()).toBe(2);
    // known before
    const told = world.node("ham1");
    expect(await ask(told, "echo hi")).toBe("hi\n");
    expect(told.transportUse).toMatchObject({ reason: expect.stringContaining("KexAlgorithms sntrup761x25519") });
    expect(sshd.connections()).toBe(3);
    expect(await silenceOf(ask(world.node("ham1", { transport: "ssh" }), "true"))).toMatchObject({
      reason: "protocol",
      hint: "set transport = openssh in [node.ham1]",
    });
  });

  it("is OpenSSH behind a jump host that ssh2 cannot log in to", async () => {
    const { directory, key } = makeHome();
    const [jump, sshd] = [await startSshd(directory, [postQuantum]), await startSshd(directory)];
    const node = makeWorld(
      directory,
      {
        ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, "ProxyJump ham1"],
        ham1: [`Port ${jump.port}`, `IdentityFile ${key}`],
      },
      [jump.known, sshd.known],
    ).node("ham0");
    expect(await ask(node, "echo hi")).toBe("hi\n");
    expect(node.transportUse).toMatchObject({ kind: "openssh" });
  });

  it("ends at a jump host that forwards nothing, whatever it takes", async () => {
    const { directory, key } = makeHome();
    const [jump, sshd] = [await startSshd(directory, ["AllowTcpForwarding no"]), await startSshd(directory)];
    const hosts = {
      ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, "ProxyJump ham1"],
      ham1: [`Port ${jump.port}`, `IdentityFile ${key}`],
    };
    const node = makeWorld(directory, hosts, [jump.known, sshd.known]).node("ham0");
    expect(await silenceOf(ask(node, "true"))).toMatchObject({
      reason: "jump",
      detail: expect.stringContaining(`ham1 forwards no connection to 127.0.0.1 port ${sshd.port}: `),
      hint: "ssh ham1 sudo sshd -T",
    });
  });

  it("is OpenSSH where Kerberos is all there is to log in with", async () => {
    const { directory, key } = makeHome();
    const sshd = await startSshd(directory);
    const lines = [`Port ${sshd.port}`, "GSSAPIAuthentication yes"];
    const hosts = { ham0: [...lines, "IdentityFile none"], ham1: [...lines, `IdentityFile ${key}`] };
    const world = makeWorld(directory, hosts, [sshd.known]);
    // no ticket here, and no realm
    expect(await silenceOf(ask(world.node("ham0"), "true"))).toMatchObject({
      reason: "auth",
      detail: expect.stringContaining("Permission denied"),
    });
    expect(sshd.authentications()).toBeGreaterThan(0);
    const node = world.node("ham1");
    expect(await ask(node, "echo hi")).toBe("hi\n");
    expect(node.transportUse).toEqual({ kind: "ssh" });
  });

  it.each([
    ["GSSAPIAuthentication", []],
    ["HostbasedAuthentication", ["HostKeyAlgorithms ssh-ed25519"]],
  ])("is OpenSSH where the keys were refused and the host takes %s, which is on", async (keyword, more) => {
    const { directory } = makeHome();
    const [with_, without] = [await startSshd(directory, [`${keyword} yes`]), await startSshd(directory)];
    const unwelcome = [`IdentityFile ${makeKey(directory, "unwelcome")}`, `${keyword} yes`, ...more];
    const hosts = { ham0: [`Port ${with_.port}`, ...unwelcome], ham1: [`Port ${without.port}`, ...unwelcome] };
    const world = makeWorld(directory, hosts, [with_.known, without.known]);
    for (const name of ["ham0", "ham1"])
      expect(await silenceOf(ask(world.node(name), "true"))).toMatchObject({ reason: "auth" });
    expect(with_.connections()).toBeGreaterThan(1);
    expect(without.connections()).toBe(1);
  });

  it("is OpenSSH for a FIDO key, at once or when the others were refused", async () => {
    const { directory } = makeHome();
    const fido = join(directory, "id_sk");
    const { keyType, key: blob } = fidoKey();
    writeFileSync(`${fido}.pub`, `${keyType} ${blob.toString("base64")} token\n`);
    // only a stub: there is no authenticator to sign with
    copyFileSync(makeKey(directory, "stub"), fido);
    rmSync(join(directory, "stub.pub"));
    const plain = makeKey(directory, "unwelcome");
    const sshd = await startSshd(directory);
    const world = makeWorld(
      directory,
      {
        ham0: [`Port ${sshd.port}`, `IdentityFile ${fido}`],
        ham1: [`Port ${sshd.port}`, `IdentityFile ${plain}`, `IdentityFile ${fido}`],
      },
      [sshd.known],
    );
    for (const [name, connections] of [
      ["ham0", 1],
      ["ham1", 3],
    ] as const) {
      expect(await silenceOf(ask(world.node(name), "true"))).toMatchObject({ reason: "auth" });
      expect(sshd.connections()).toBe(connections);
    }
    expect(await silenceOf(ask(world.node("ham1", { transport: "ssh" }), "true"))).toMatchObject({ reason: "auth" });
    expect(sshd.connections()).toBe(4);
    await expectNothingLeft(directory);
  });

  it.each(["ssh", "openssh", "auto"] as const)(
    "trusts no key that is revoked for the host's address, where CheckHostIP is on: %s",
    async (transport) => {
      const { directory, key } = makeHome();
      const [authority, host] = [makeKey(directory, "ca"), makeKey(directory, "host")];
      certify(authority, host, "-h", "-n", "localhost");
      const sshd = await startSshd(directory, [`HostKey ${host}`, `HostCertificate ${host}-cert.pub`]);
      const lines = [`Port ${sshd.port}`, `IdentityFile ${key}`, "HostName localhost"];
      const hosts = { ham0: [...lines, "CheckHostIP yes"], ham1: [...lines, "CheckHostIP no"] };
      const revoked = `@revoked [127.0.0.1]:${sshd.port} ${publicKey(host)}`;
      const known = `[localhost]:${sshd.port} ${publicKey(host)}`;
      const ofAuthority = `@cert-authority [localhost]:${sshd.port} ${publicKey(authority)}`;
      for (const trusted of transport === "ssh" ? [[known]] : [[known], [ofAuthority], [known, ofAuthority]]) {
        const world = makeWorld(directory, hosts, [...trusted, revoked]);
        expect(await silenceOf(ask(world.node("ham0", { transport }), "true"))).toMatchObject({
          reason: "host-key-changed",
          detail: expect.stringContaining(`is revoked in ${world.knownHosts}:${trusted.length + 1}`),
        });
        expect(sshd.authentications()).toBe(0);
      }
      expect(await ask(makeWorld(directory, hosts, [known, revoked]).node("ham1", { transport }), "echo in")).toBe(
        "in\n",
      );
    },
  );

  it("takes an authority's word beside an outdated key, also where an older one is revoked, and none for a revoked key", async () => {
    const { directory, key } = makeHome();
    const [authority, host, outdated, oldest] = ["ca", "host", "outdated", "oldest"].map((name) =>
      makeKey(directory, name),
    ) as [string, string, string, string];
    certify(authority, host, "-h", "-n", "localhost");
    const sshd = await startSshd(directory, [`HostKey ${host}`, `HostCertificate ${host}-cert.pub`]);
    const hosts = { ham0: [`Port ${sshd.port}`, `IdentityFile ${key}`, "HostName localhost"] };
    const name = `[localhost]:${sshd.port}`;
    const lines = [`@cert-authority ${name} ${publicKey(authority)}`, `${name} ${publicKey(outdated)}`];
    const revoked = (one: string) => `@revoked ${name} ${publicKey(one)}`;
    const node = makeWorld(directory, hosts, [...lines, revoked(host)]).node("ham0");
    expect(await silenceOf(ask(node, "true"))).toMatchObject({ reason: "host-key-changed" });
    expect(sshd.authentications()).toBe(0);
    const other = makeWorld(directory, hosts, [...lines, revoked(oldest)]).node("ham0");
    expect(await ask(other, "echo in")).toBe("in\n");
  });
});
