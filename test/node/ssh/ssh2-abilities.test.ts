import { createRequire } from "node:module";
import { describe, expect, it } from "vitest";
import { ssh2Supports } from "../../../src/node/ssh/ssh2-abilities.ts";

interface Constants {
  readonly SUPPORTED_KEX: string[];
  readonly SUPPORTED_SERVER_HOST_KEY: string[];
  readonly SUPPORTED_CIPHER: string[];
  readonly DEFAULT_MAC: string[];
}
const constants = createRequire(import.meta.url)("ssh2/lib/protocol/constants.js") as Constants;

describe("what ssh2 can do", () => {
  it.each([
    ["keyExchange", constants.SUPPORTED_KEX],
    ["hostKeyAlgorithm", constants.SUPPORTED_SERVER_HOST_KEY.filter((name) => name !== "ssh-dss")],
    ["cipher", constants.SUPPORTED_CIPHER.filter((name) => /@openssh|^aes\d+-(ctr|cbc)$/.test(name))],
    ["mac", constants.DEFAULT_MAC],
  ] as const)("covers what the installed ssh2 has: %s", (ability, names) => {
    expect(names.filter((name) => !ssh2Supports[ability](name))).toEqual([]);
  });

  it.each([
    ["keyExchange", "sntrup761x25519-sha512@openssh.com", constants.SUPPORTED_KEX],
    ["keyExchange", "mlkem768x25519-sha256", constants.SUPPORTED_KEX],
    ["hostKeyAlgorithm", "sk-ssh-ed25519@openssh.com", constants.SUPPORTED_SERVER_HOST_KEY],
    ["hostKeyAlgorithm", "ssh-ed25519-cert-v01@openssh.com", constants.SUPPORTED_SERVER_HOST_KEY],
    ["mac", "umac-128-etm@openssh.com", constants.DEFAULT_MAC],
  ] as const)("does not cover %s %s, nor does the installed ssh2", (ability, name, names) => {
    expect(ssh2Supports[ability](name)).toBe(false);
    expect(names).not.toContain(name);
  });
});
