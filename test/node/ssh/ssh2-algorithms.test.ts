import { describe, expect, it } from "vitest";
import { NodeError } from "../../../src/node/failure.ts";
import { ssh2Algorithms } from "../../../src/node/ssh/ssh2-algorithms.ts";
import { settingsWith } from "./settings.ts";

const none = { hostKeyAlgorithms: [], kexAlgorithms: [], ciphers: [], macs: [] };

describe("what ssh2 may negotiate", () => {
  it("is what the configuration allows, in its order, as far as ssh2 has it", () => {
    const special = {
      hostKeyAlgorithms: ["ssh-ed25519-cert-v01@openssh.com", "rsa-sha2-256", "ssh-ed25519"],
      kexAlgorithms: ["mlkem768x25519-sha256", "ecdh-sha2-nistp521", "curve25519-sha256"],
      ciphers: ["chacha20-poly1305@openssh.com", "aes256-ctr"],
      macs: ["umac-128@openssh.com", "hmac-sha2-512"],
    };
    expect(ssh2Algorithms("ham0", settingsWith(special), [])).toEqual({
      serverHostKey: ["rsa-sha2-256", "ssh-ed25519"],
      kex: ["ecdh-sha2-nistp521", "curve25519-sha256"],
      cipher: ["chacha20-poly1305@openssh.com", "aes256-ctr"],
      hmac: ["hmac-sha2-512"],
      compress: ["none"],
    });
  });

  it("is ssh2's own order of ciphers where the configuration has OpenSSH's", () => {
    const ciphers =
      "chacha20-poly1305@openssh.com,aes128-ctr,aes192-ctr,aes256-ctr,aes128-gcm@openssh.com,aes256-gcm@openssh.com";
    expect(ssh2Algorithms("ham0", settingsWith({ ...none, ciphers: ciphers.split(",") }), [])).toEqual({
      compress: ["none"],
    });
  });

  it.each([
    ["KexAlgorithms", { kexAlgorithms: ["sntrup761x25519-sha512"] }],
    ["Ciphers", { ciphers: ["none@new"] }],
    ["MACs", { macs: ["umac-64@openssh.com"] }],
    ["HostKeyAlgorithms", { hostKeyAlgorithms: ["sk-ssh-ed25519@openssh.com"] }],
  ])("is never more than that: nothing of %s is an error", (keyword, special) => {
    const negotiate = () => ssh2Algorithms("ham0", settingsWith({ ...none, ...special }), []);
    expect(negotiate).toThrow(NodeError);
    expect(negotiate).toThrow(`ssh2 has nothing of ${keyword}`);
  });
});
