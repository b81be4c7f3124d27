import { describe, expect, it } from "vitest";
import type { Identities } from "../../../src/node/ssh/identities.ts";
import { needsOpenSsh } from "../../../src/node/ssh/needs-openssh.ts";
import { settingsWith } from "./settings.ts";

const key = Buffer.alloc(0);
const plainKey = { kind: "file", path: "/k", encrypted: false, keyType: "ssh-ed25519" } as const;
const fido = { kind: "file", path: "/sk", encrypted: false, keyType: "sk-ssh-ed25519@openssh.com" } as const;
const agentFido = { kind: "agent", key, comment: "yubi", keyType: "sk-ecdsa-sha2-nistp256@openssh.com" } as const;
const agentCertificate = { kind: "agent", key, comment: "c", keyType: "ssh-ed25519-cert-v01@openssh.com" } as const;
const known = (keyType: string, marker?: "cert-authority" | "revoked") => ({
  ...{ file: "known_hosts", line: 3, keyType, key },
  ...(marker && { marker }),
});
const offering = (...offered: Identities["offered"]): Identities => ({ offered, skipped: [], certificates: [] });
const one = offering(plainKey);

describe("what needs OpenSSH", () => {
  it("is nothing for a plain key, whatever OpenSSH offers besides", () => {
    expect(needsOpenSsh(settingsWith({ gssapiAuthentication: true }), one, [known("ssh-ed25519")])).toEqual([
      { reason: "GSSAPIAuthentication is on", when: "after-auth-failure", method: "gssapi-with-mic" },
    ]);
  });

  it.each([
    ["no classical key exchange", { kexAlgorithms: ["mlkem768x25519-sha256"] }, "KexAlgorithms mlkem768x25519-sha256"],
    [
      "host certificates alone",
      { hostKeyAlgorithms: ["ssh-ed25519-cert-v01@openssh.com"] },
      "HostKeyAlgorithms ssh-ed25519-cert-v01@openssh.com",
    ],
    ["ciphers ssh2 lacks", { ciphers: ["none@new"] }, "Ciphers none@new"],
    ["a token", { pkcs11Provider: "/t.so" }, "PKCS11Provider /t.so"],
    ["keys from a command", { knownHostsCommand: "x" }, "KnownHostsCommand"],
    ["a list of revoked keys", { revokedHostKeys: ["/r"] }, "RevokedHostKeys"],
    ["a handed over socket", { proxyUseFdpass: true, proxyCommand: "x" }, "ProxyUseFDPass"],
  ])("is %s", (_, special, reason) => {
    expect(needsOpenSsh(settingsWith(special), one, [])).toEqual([{ reason, when: "before" }]);
  });

  it("is no ProxyUseFDPass without a ProxyCommand", () => {
    expect(needsOpenSsh(settingsWith({ proxyUseFdpass: true }), one, [])).toEqual([]);
  });

  it("is an authority, where a plain key is known once the host shows another", () => {
    const authority = known("ssh-rsa", "cert-authority");
    const need = { reason: "@cert-authority in known_hosts:3", when: "before" };
    expect(needsOpenSsh(settingsWith(), one, [authority])).toEqual([need]);
    expect(needsOpenSsh(settingsWith(), one, [authority, known("ssh-rsa", "revoked")])).toEqual([need]);
    expect(needsOpenSsh(settingsWith(), one, [authority, known("ssh-rsa")])).toEqual([
      { ...need, when: "after-host-key" },
    ]);
    const revoked = [authority, known("ssh-rsa"), known("ssh-ed25519", "revoked")];
    expect(needsOpenSsh(settingsWith(), one, revoked)).toEqual([{ ...need, when: "after-host-key" }]);
  });

  it("is a host known by a FIDO key alone", () => {
    expect(needsOpenSsh(settingsWith(), one, [known("sk-ssh-ed25519@openssh.com")])).toEqual([
      { reason: "host key type sk-ssh-ed25519@openssh.com in known_hosts:3", when: "before" },
    ]);
  });

  it("is a certificate, in a file or in the agent", () => {
    expect(needsOpenSsh(settingsWith(), { ...one, certificates: ["/k-cert.pub"] }, [])).toEqual([
      { reason: "certificate /k-cert.pub", when: "before" },
    ]);
    expect(needsOpenSsh(settingsWith(), offering(agentCertificate, plainKey), [])).toEqual([
      { reason: "certificate c of the agent", when: "before" },
    ]);
  });

  it("is a FIDO key at once where it comes first, else when other keys were refused", () => {
    const reason = "FIDO key /sk";
    expect(needsOpenSsh(settingsWith(), offering(fido), [])).toEqual([{ reason, when: "before" }]);
    expect(needsOpenSsh(settingsWith(), offering(fido, plainKey), [])).toEqual([{ reason, when: "before" }]);
    expect(needsOpenSsh(settingsWith(), offering(plainKey, fido), [])).toEqual([
      { reason, when: "after-auth-failure" },
    ]);
    expect(needsOpenSsh(settingsWith(), offering(plainKey, agentFido), [])).toEqual([
      { reason: "FIDO key yubi of the agent", when: "after-auth-failure" },
    ]);
  });

  it("is Kerberos where there is no key", () => {
    const reason = "no key to offer, GSSAPIAuthentication is on";
    expect(needsOpenSsh(settingsWith({ gssapiAuthentication: true }), offering(), [])).toEqual([
      { reason, when: "before" },
    ]);
    expect(needsOpenSsh(settingsWith(), offering(), [])).toEqual([]);
    expect(needsOpenSsh(settingsWith({ hostbasedAuthentication: true }), offering(), [])).toEqual([
      { reason: "no key to offer, HostbasedAuthentication is on", when: "before" },
    ]);
  });
});
