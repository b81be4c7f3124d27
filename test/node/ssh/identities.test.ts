import { chmodSync, copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listAgentKeys } from "../../../src/node/ssh/agent-keys.ts";
import { findIdentities } from "../../../src/node/ssh/identities.ts";
import { addToAgent, makeKey, openSsh, scratchDirectory, startAgent, startHost } from "./openssh.ts";
import { fidoKey, settingsWith } from "./settings.ts";

const directory = scratchDirectory();
const at = (name: string) => join(directory, name);
const plain = makeKey(at("plain"), "ed25519");
const second = makeKey(at("second"), "ecdsa");
const locked = makeKey(at("locked"), "ed25519", "-N", "secret");
const inAgent = makeKey(at("in-agent"), "ed25519");
const agentOnly = makeKey(at("agent-only"), "rsa", "-b", "2048");
const socket = at("agent");
await startAgent(socket);
addToAgent(socket, at("agent-only"), at("in-agent"));
rmSync(at("agent-only"));

const uid = process.getuid?.() ?? 0;
const names = (found: Awaited<ReturnType<typeof findIdentities>>) =>
  found.offered.map((identity) =>
    identity.kind === "agent" ? `agent ${identity.path ?? identity.comment}` : identity.path,
  );
const find = (special: Parameters<typeof settingsWith>[0], explicit?: string) =>
  findIdentities(settingsWith(special), { uid, explicit });

describe("which keys to offer", () => {
  it("orders them: files held by the agent, the agent's others, files", async () => {
    const found = await find({ identityAgent: socket, identityFiles: [at("plain"), at("in-agent"), at("absent")] });
    expect(names(found)).toEqual([`agent ${at("in-agent")}`, `agent ${at("agent-only")}`, at("plain")]);
    expect(found).toMatchObject({ skipped: [], certificates: [] });
  });

  it("keeps to the files under IdentitiesOnly", async () => {
    const identityFiles = [at("plain"), at("in-agent")];
    expect(names(await find({ identityAgent: socket, identitiesOnly: true, identityFiles }))).toEqual([
      `agent ${at("in-agent")}`,
      at("plain"),
    ]);
  });

  it.each<[string, { identityFiles: string[]; identitiesOnly?: boolean; pubkeyAcceptedAlgorithms?: string[] }]>([
    ["files", { identityFiles: [at("plain"), at("in-agent"), at("second"), at("absent")] }],
    ["files, IdentitiesOnly", { identityFiles: [at("second"), at("in-agent")], identitiesOnly: true }],
    ["public keys of the agent", { identityFiles: [at("agent-only"), at("in-agent.pub")], identitiesOnly: true }],
    ["no file", { identityFiles: [] }],
    ["RSA left out", { identityFiles: [at("plain")], pubkeyAcceptedAlgorithms: ["ssh-ed25519"] }],
  ])("says what ssh itself offers: %s", async (_, special) => {
    const accepted = special.pubkeyAcceptedAlgorithms ?? ["ssh-ed25519", "ecdsa-sha2-*", "rsa-sha2-512"];
    const { port } = await startHost(at("plain"));
    const { stderr } = await openSsh("ssh", [
      ...["-v", "-F", "none", "-p", String(port), "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no"],
      ...["-o", "UserKnownHostsFile=/dev/null", "-o", `IdentityAgent=${socket}`],
      ...["-o", `IdentitiesOnly=${special.identitiesOnly ? "yes" : "no"}`],
      ...["-o", `PubkeyAcceptedAlgorithms=${accepted.join(",")}`],
      ...(special.identityFiles.length > 0 ? special.identityFiles : ["none"]).flatMap((path) => [
        "-o",
        `IdentityFile=${path}`,
      ]),
      ...["127.0.0.1", "true"],
    ]);
    const offers = [...stderr.matchAll(/^debug1: (?:Offering public key|Trying private key): (\S+)( .*)?/gm)];
    const theirs = offers.map(([, path, rest]) => (rest?.includes(" agent") ? `agent ${path}` : path));
    const ours = names(await find({ identityAgent: socket, ...special, pubkeyAcceptedAlgorithms: accepted }));
    // what ssh offers besides are files it finds missing only when it gets there
    expect(ours).toEqual(theirs.filter((path) => path !== at("absent")));
  });

  it("puts an explicit identity first: six keys of an agent must not use up the server's patience", async () => {
    const special = { identityAgent: socket, identityFiles: [at("plain"), at("in-agent")] };
    expect(names(await find(special, at("plain")))[0]).toBe(at("plain"));
    expect(names(await find(special, at("in-agent")))[0]).toBe(`agent ${at("in-agent")}`);
    expect(names(await find(special, at("plain")))).toHaveLength(3);
  });

  it("tells encrypted keys, in OpenSSH's format and in PEM", async () => {
    makeKey(at("pem"), "rsa", "-b", "2048", "-m", "PEM", "-N", "secret");
    makeKey(at("pkcs8"), "rsa", "-b", "2048", "-m", "PKCS8", "-N", "secret");
    makeKey(at("pem-open"), "ecdsa", "-m", "PEM");
    for (const name of ["pem", "pkcs8", "pem-open"]) rmSync(at(`${name}.pub`));
    const identityFiles = ["locked", "pem", "pkcs8", "pem-open", "plain"].map(at);
    expect((await find({ identityFiles })).offered).toEqual([
      { kind: "file", path: at("locked"), encrypted: true, cipher: "aes256-ctr", keyType: locked.keyType },
      { kind: "file", path: at("pem"), encrypted: true },
      { kind: "file", path: at("pkcs8"), encrypted: true },
      { kind: "file", path: at("pem-open"), encrypted: false },
      { kind: "file", path: at("plain"), encrypted: false, keyType: plain.keyType },
    ]);
  });

  it("takes an encrypted key from the agent that holds it, without its .pub", async () => {
    const other = at("agent2");
    await startAgent(other);
    copyFileSync(at("in-agent"), at("same-key"));
    addToAgent(other, at("in-agent"));
    await openSsh("ssh-keygen", ["-p", "-q", "-N", "secret", "-P", "", "-f", at("same-key")]);
    const found = await find({ identityAgent: other, identityFiles: [at("same-key")] });
    expect(found.offered).toEqual([{ kind: "agent", ...inAgent, comment: at("in-agent"), path: at("same-key") }]);
  });

  it("passes over what is no usable key, with the reason", async () => {
    copyFileSync(at("plain"), at("open"));
    chmodSync(at("open"), 0o640);
    writeFileSync(at("text"), "not a key\n", { mode: 0o600 });
    copyFileSync(at("second.pub"), at("lonely.pub"));
    const identityFiles = ["open", "text", "lonely", "second.pub", "absent"].map(at).concat(directory);
    const found = await find({ identityFiles });
    expect(found.offered).toEqual([]);
    expect(found.skipped).toEqual([
      { path: at("open"), reason: "too-open" },
      { path: at("text"), reason: "not-a-key" },
      { path: at("lonely"), reason: "no-private-key" },
      { path: at("second.pub"), reason: "no-private-key" },
      { path: directory, reason: "unreadable" },
    ]);
    const { stderr } = await openSsh("ssh-keygen", ["-y", "-f", at("open")]);
    expect(stderr).toMatch(/UNPROTECTED PRIVATE KEY/);
    expect(
      (await findIdentities(settingsWith({ identityFiles: [at("open")] }), { uid: uid + 1 })).offered,
    ).toHaveLength(1);
  });

  it("leaves out what PubkeyAcceptedAlgorithms leaves out", async () => {
    const identityFiles = [at("plain"), at("second")];
    const found = await find({ identityFiles, pubkeyAcceptedAlgorithms: ["ecdsa-sha2-*"] });
    expect(names(found)).toEqual([at("second")]);
    expect(found.skipped).toEqual([{ path: at("plain"), reason: "not-accepted" }]);
  });

  it("offers nothing without PubkeyAuthentication", async () => {
    const found = await find({ identityFiles: [at("plain")], pubkeyAuthentication: false });
    expect(found).toEqual({ offered: [], skipped: [], certificates: [] });
  });

  it("names certificates beside the keys, or those of CertificateFile", async () => {
    const ca = makeKey(at("ca"), "ed25519");
    copyFileSync(at("second"), at("certified"));
    copyFileSync(at("second.pub"), at("certified.pub"));
    await openSsh("ssh-keygen", ["-q", "-s", at("ca"), "-I", "id", "-n", "root", at("certified.pub")]);
    expect((await find({ identityFiles: [at("plain"), at("certified")] })).certificates).toEqual([
      at("certified-cert.pub"),
    ]);
    const certificateFiles = [at("certified-cert.pub"), at("absent-cert.pub"), at("plain.pub")];
    const found = await find({ identityFiles: [at("plain")], certificateFiles });
    expect(found.certificates).toEqual([at("certified-cert.pub")]);
    expect(ca.keyType).toBe("ssh-ed25519");
  });

  it("keeps the type of a FIDO key", async () => {
    const { keyType, key } = fidoKey();
    copyFileSync(at("plain"), at("fido"));
    chmodSync(at("fido"), 0o600);
    writeFileSync(at("fido.pub"), `${keyType} ${key.toString("base64")} c\n`);
    expect((await find({ identityFiles: [at("fido")] })).offered).toMatchObject([{ path: at("fido"), keyType }]);
  });
});

describe("an agent", () => {
  it("tells its keys in its order", async () => {
    expect(await listAgentKeys(socket)).toEqual([
      { ...agentOnly, comment: at("agent-only") },
      { ...inAgent, comment: at("in-agent") },
    ]);
  });

  it("holds none where there is no agent", async () => {
    expect(await listAgentKeys(at("no-agent"))).toEqual([]);
    expect(await listAgentKeys(at("plain"))).toEqual([]);
    expect(readFileSync(at("plain"), "latin1")).toContain("PRIVATE KEY");
    expect(second.keyType).toBe("ecdsa-sha2-nistp256");
  });
});
