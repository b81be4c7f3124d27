import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NodeError } from "../../../src/node/failure.ts";
import { thisMachine } from "../../../src/node/ssh/local-machine.ts";
import { type RunSsh, resolveSsh } from "../../../src/node/ssh/resolve.ts";
import { runSsh } from "../../../src/node/ssh/run-ssh.ts";
import { openSsh, scratchDirectory } from "./openssh.ts";

const directory = scratchDirectory();
const env = { ...process.env, MCLU_TEST_DIR: directory, SSH_AUTH_SOCK: join(directory, "agent") };
const local = thisMachine(env);
const configFile = join(directory, "config");

function resolve(config: string, host = "node1", more = {}) {
  writeFileSync(configFile, config);
  return resolveSsh(host, { local, configFile, ...more }, runSsh(env));
}

describe("resolving a host", () => {
  it("gives OpenSSH's defaults where nothing is configured", async () => {
    expect(await resolve("")).toMatchObject({
      ...{ host: "node1", hostname: "node1", user: local.user, port: 22, addressFamily: "any", serverAliveInterval: 0 },
      ...{ identitiesOnly: false, identityAgent: env.SSH_AUTH_SOCK, certificateFiles: [], proxyJump: [] },
      ...{ pubkeyAuthentication: true, gssapiAuthentication: false, strictHostKeyChecking: "ask", checkHostIp: false },
      ...{ hashKnownHosts: false, revokedHostKeys: [], proxyUseFdpass: false },
      userKnownHostsFiles: [`${local.home}/.ssh/known_hosts`, `${local.home}/.ssh/known_hosts2`],
      globalKnownHostsFiles: ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"],
    });
    const settings = await resolve("");
    expect(settings.identityFiles).toContain(`${local.home}/.ssh/id_ed25519`);
    expect(settings.kexAlgorithms).toContain("curve25519-sha256");
    expect(settings).not.toHaveProperty("connectTimeout");
    // OpenSSH's word for no limit
    expect(await resolve("ConnectTimeout 0\n")).not.toHaveProperty("connectTimeout");
    expect(settings).not.toHaveProperty("proxyCommand");
    expect(settings).not.toHaveProperty("hostKeyAlias");
  });

  it("reads every keyword", async () => {
    const settings = await resolve(`
Host node1
  HostName %h.example.org
  User bob
  Port 2222
  AddressFamily inet6
  BindAddress ::1
  ConnectTimeout 7
  ServerAliveInterval 15
  IdentityFile ~/key_%h_%r
  IdentityFile "${directory}/a b/key"
  IdentityFile none
  IdentitiesOnly yes
  IdentityAgent "${directory}/other agent"
  CertificateFile \${MCLU_TEST_DIR}/%n-cert.pub
  PKCS11Provider /usr/lib/token.so
  GSSAPIAuthentication yes
  PubkeyAuthentication no
  PubkeyAcceptedAlgorithms ssh-ed25519,rsa-sha2-512
  ProxyJump alice@jump1:33,[::1]:44,ssh://jump3:55
  UserKnownHostsFile ~/known_%h "${directory}/a b/known_hosts" \${MCLU_TEST_DIR}/k
  GlobalKnownHostsFile ~/global /etc/ssh/other
  StrictHostKeyChecking accept-new
  HostKeyAlias Alias
  CheckHostIP yes
  HashKnownHosts yes
  HostKeyAlgorithms ssh-ed25519
  KexAlgorithms curve25519-sha256
  Ciphers aes128-ctr
  RevokedHostKeys ~/revoked
  KnownHostsCommand /bin/echo %H
  ProxyUseFDPass yes
`);
    expect(settings).toMatchObject({
      ...{ host: "node1", hostname: "node1.example.org", user: "bob", port: 2222, addressFamily: "inet6" },
      ...{ bindAddress: "::1", connectTimeout: 7, serverAliveInterval: 15, identitiesOnly: true },
      identityFiles: [`${local.home}/key_node1.example.org_bob`, `${directory}/a b/key`],
      identityAgent: `${directory}/other agent`,
      certificateFiles: [`${directory}/node1-cert.pub`],
      ...{ pkcs11Provider: "/usr/lib/token.so", gssapiAuthentication: true, pubkeyAuthentication: false },
      pubkeyAcceptedAlgorithms: ["ssh-ed25519", "rsa-sha2-512"],
      proxyJump: [
        { host: "jump1", user: "alice", port: 33 },
        { host: "::1", port: 44 },
        { host: "jump3", port: 55 },
      ],
      userKnownHostsFiles: [`${local.home}/known_node1.example.org`, `${directory}/a b/known_hosts`, `${directory}/k`],
      globalKnownHostsFiles: [`${local.home}/global`, "/etc/ssh/other"],
      ...{ strictHostKeyChecking: "accept-new", hostKeyAlias: "alias", checkHostIp: true, hashKnownHosts: true },
      ...{ hostKeyAlgorithms: ["ssh-ed25519"], kexAlgorithms: ["curve25519-sha256"], ciphers: ["aes128-ctr"] },
      revokedHostKeys: [`${local.home}/revoked`],
      knownHostsCommand: "/bin/echo %H",
    });
  });

  it("lets the request win over the file", async () => {
    const identity = join(directory, "explicit");
    writeFileSync(identity, "");
    const config = "Host *\n  User bob\n  Port 2222\n  IdentityFile /etc/other\n";
    const settings = await resolve(config, "node1", { user: "carol", port: 2022, identity });
    expect(settings).toMatchObject({ user: "carol", port: 2022, identityFiles: [identity, "/etc/other"] });
  });

  it.each([
    ["", env.SSH_AUTH_SOCK],
    ["IdentityAgent SSH_AUTH_SOCK", env.SSH_AUTH_SOCK],
    ["IdentityAgent none", undefined],
    ["IdentityAgent $MCLU_TEST_DIR", directory],
    ["IdentityAgent $MCLU_TEST_UNSET", undefined],
    [`IdentityAgent \${MCLU_TEST_DIR}/s_%n`, `${directory}/s_node1`],
    ["IdentityAgent ~/s", `${local.home}/s`],
  ])("finds the agent's socket: %s", async (line, expected) => {
    expect((await resolve(line)).identityAgent).toBe(expected);
  });

  it.each([
    ["yes", "yes"],
    ["ask", "ask"],
    ["accept-new", "accept-new"],
    ["no", "no"],
    ["off", "no"],
  ])("reads StrictHostKeyChecking %s", async (value, expected) => {
    expect((await resolve(`StrictHostKeyChecking ${value}`)).strictHostKeyChecking).toBe(expected);
  });

  it("takes none for none", async () => {
    const settings = await resolve("ProxyJump none\nIdentityFile none\nUserKnownHostsFile none\nPKCS11Provider none\n");
    expect(settings).toMatchObject({ proxyJump: [], identityFiles: [], userKnownHostsFiles: [] });
    expect(settings).not.toHaveProperty("pkcs11Provider");
    expect(await resolve("ProxyCommand none")).not.toHaveProperty("proxyCommand");
  });

  it("fails a node whose configuration ssh refuses, with ssh's own words", async () => {
    const error = await resolve("Host a\n  BogusOption 1\n").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NodeError);
    expect((error as NodeError).silence).toEqual({
      ...{ state: "failed", reason: "protocol" },
      detail: `${configFile}: line 2: Bad configuration option: bogusoption`,
      hint: `ssh -G -F ${configFile} node1`,
    });
  });

  it.each([
    ["ProxyCommand nc %z", "unknown token %z in nc %z"],
    ["IdentityFile ~/%z", "unknown token %z in ~/%z"],
    [
      `IdentityFile \${MCLU_TEST_UNSET}/x`,
      `environment variable \${MCLU_TEST_UNSET} of \${MCLU_TEST_UNSET}/x is not set`,
    ],
  ])("fails where ssh would only later: %s", async (line, detail) => {
    await expect(resolve(line)).rejects.toMatchObject({ silence: { reason: "protocol", detail } });
  });

  it.each(["-oProxyCommand=x", "a b", "a;b", "$(x)", "a'b", "", "a/b", "a\nb"])("refuses the host %j", async (host) => {
    await expect(resolve("", host)).rejects.toMatchObject({ silence: { reason: "unknown-host" } });
  });

  it.each(["-l", "a;b", "$x", "a b", ""])("refuses the user %j", async (user) => {
    await expect(resolve("", "node1", { user })).rejects.toMatchObject({ silence: { reason: "auth" } });
  });

  it("falls back on defaults where there is no ssh", async () => {
    const empty = { ...env, PATH: join(directory, "nothing") };
    const request = { local: thisMachine(empty), user: "bob", port: 2222, identity: "/k" };
    const settings = await resolveSsh("node1", request, runSsh(empty));
    const withSsh = await resolve("", "node1", { user: "bob", port: 2222 });
    expect(settings).toMatchObject({ user: "bob", port: 2222, identityFiles: ["/k"] });
    expect(settings.warning).toMatch(/no ssh on this machine/);
    expect(settings.userKnownHostsFiles).toEqual(withSsh.userKnownHostsFiles);
    expect(settings.globalKnownHostsFiles).toEqual(withSsh.globalKnownHostsFiles);
  });

  it("reports a signal as a failure", async () => {
    const killed: RunSsh = async () => ({ kind: "ended", code: 255, stdout: "", stderr: "" });
    await expect(resolveSsh("a", { local }, killed)).rejects.toMatchObject({
      silence: { detail: "ssh -G ended with 255", hint: "ssh -G a" },
    });
  });
});

describe("what ssh itself expands when it connects", () => {
  // not %j: OpenSSH before 9.6 lacks it
  const token = fc.constantFrom(..."hnprudilLk%", "C").map((letter) => `%${letter}`);
  const piece = fc.oneof(token, fc.constantFrom("a", "_", "-", ".", `\${MCLU_TEST_VALUE}`, "~", "/"));
  const template = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(""));
  const valued = { ...env, MCLU_TEST_VALUE: "va%hlue" };
  const bin = join(directory, "bin");
  mkdirSync(bin);

  async function both(config: string) {
    writeFileSync(
      configFile,
      `Host node1\n HostName real.example\n HostKeyAlias Ali\n User bob\n Port 77\n${config}\n`,
    );
    const ours = await resolveSsh("node1", { local: thisMachine(valued), configFile }, runSsh(valued));
    const { stderr } = await openSsh("ssh", ["-v", "-F", configFile, "-o", "BatchMode=yes", "node1", "true"], valued);
    return { ours, stderr };
  }

  it("IdentityFile", async () => {
    await fc.assert(
      fc.asyncProperty(template, async (text) => {
        const { ours, stderr } = await both(`IdentityFile ~/${text}\nProxyCommand false\n`);
        const theirs = [...stderr.matchAll(/^debug1: identity file (.*) type -?\d+\r?$/gm)].map(([, path]) => path);
        expect(ours.identityFiles).toEqual(theirs.filter((path) => !path?.endsWith("-cert")));
      }),
      { numRuns: 60 },
    );
  });

  it("ProxyCommand", async () => {
    const command = fc
      .array(fc.constantFrom("%h", "%n", "%p", "%r", "%%", " ", "a", "'b'"), { minLength: 1, maxLength: 6 })
      .map((pieces) => `false ${pieces.join("")} x`);
    await fc.assert(
      fc.asyncProperty(command, async (text) => {
        const { ours, stderr } = await both(`ProxyCommand ${text}\n`);
        expect(ours.proxyCommand).toBe(/^debug1: Executing proxy command: exec (.*?)\r?$/m.exec(stderr)?.[1]);
      }),
      { numRuns: 30 },
    );
  });

  it("ProxyJump, hop by hop", async () => {
    const fake = join(bin, "ssh");
    writeFileSync(fake, "#!/bin/sh\nexit 1\n");
    chmodSync(fake, 0o755);
    const { ours, stderr } = await both("ProxyJump %r@%h-gw:44,%n-inner\n");
    expect(ours.proxyJump).toEqual([{ host: "real.example-gw", user: "bob", port: 44 }, { host: "node1-inner" }]);
    expect(stderr).toMatch(/Executing proxy command: exec .* -J bob@real.example-gw:44 .*node1-inner/);
  });
});
