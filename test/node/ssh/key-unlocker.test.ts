import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { geteuid } from "node:process";
import { expect, it } from "vitest";
import { createKeyRing } from "../../../src/node/ssh/key-ring.ts";
import { KeyUnlocker } from "../../../src/node/ssh/key-unlocker.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { settingsWith } from "./settings.ts";

it.each([
  ["aes256-ctr", 1, true],
  ["aes256-gcm@openssh.com", 1, true],
  // ssh2 has no decryption for it, whatever the passphrase
  ["chacha20-poly1305@openssh.com", 0, false],
])("asks for the passphrase of a key that is encrypted with %s %i times", async (cipher, questions, opened) => {
  const path = join(temporaryDirectory(), "id");
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-Z", cipher, "-N", "secret", "-f", path]);
  const ring = createKeyRing(geteuid?.() ?? 0);
  const settings = settingsWith({ identityFiles: [path] });
  let asked = 0;
  const unlocker = new KeyUnlocker(ring, async () => {
    asked++;
    return "secret";
  });
  await unlocker.unlock(settings, undefined);
  const { offered } = await ring.find(settings);
  expect(asked).toBe(questions);
  expect(offered).toMatchObject([{ kind: "file", path, encrypted: true, cipher }]);
  expect(offered.map((one) => one.kind === "file" && ring.isUnlocked(one))).toEqual([opened]);
});
