import { describe, expect, it } from "vitest";
import { explainRefusal } from "../../../src/node/ssh/auth-refusal.ts";
import type { Identities } from "../../../src/node/ssh/identities.ts";
import { settingsWith } from "./settings.ts";

const settings = settingsWith({ user: "root", host: "ham0" });
const file = { kind: "file", path: "/k", encrypted: false } as const;
const held = { kind: "agent", keyType: "ssh-ed25519", key: Buffer.alloc(0), comment: "c" } as const;
const explain = (keys: Partial<Identities>, facts = {}, locked = false) =>
  explainRefusal(settings, { offered: [], skipped: [], certificates: [], ...keys }, () => locked, facts);

describe("explainRefusal", () => {
  it("names the key that was refused", () => {
    expect(explain({ offered: [file] })).toEqual({
      why: "no key that was offered is accepted",
      hint: "ssh-copy-id -i /k root@ham0",
    });
    expect(explain({ offered: [held] }).hint).toBe("ssh-copy-id root@ham0");
    const elsewhere = { ...settings, port: 2222 };
    expect(explainRefusal(elsewhere, { offered: [file], skipped: [], certificates: [] }, () => false, {}).hint).toBe(
      "ssh-copy-id -i /k -p 2222 root@ham0",
    );
  });

  it.each([
    ["too-open", "/k may be read by others", "chmod 600 /k"],
    ["unreadable", "/k cannot be read", "ls -l /k"],
    ["not-a-key", "/k is no private key", "ssh-keygen -lf /k"],
    ["no-private-key", "there is no key to offer", "ssh-keygen -t ed25519"],
  ] as const)("says what is wrong with a key that is %s", (reason, why, hint) => {
    expect(explain({ skipped: [{ path: "/k", reason }] })).toEqual({ why, hint });
  });

  it("prefers a key that only wants its passphrase", () => {
    expect(explain({ offered: [file] }, {}, true)).toEqual({ why: "/k wants its passphrase", hint: "ssh-add /k" });
  });

  it("does not blame keys where the host takes none, nor where the agent is at fault", () => {
    expect(explain({ offered: [file] }, { accepts: ["password", "keyboard-interactive"] })).toEqual({
      why: "the host wants password or keyboard-interactive and not a key",
      hint: undefined,
    });
    expect(explain({ offered: [held] }, { accepts: ["publickey"], agentFailed: true })).toEqual({
      why: "the agent did not sign",
      hint: "ssh-add -l",
    });
  });

  it("repeats what a host said that ended the login", () => {
    expect(explain({ offered: [held, file] }, { said: "Too many" })).toEqual({
      why: "Too many (2 keys were there to offer)",
      hint: "ssh -o IdentitiesOnly=yes root@ham0",
    });
  });

  it("quotes for the shell", () => {
    expect(explain({ offered: [{ ...file, path: "/my key" }] }).hint).toBe("ssh-copy-id -i '/my key' root@ham0");
  });
});
