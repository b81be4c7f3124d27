import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bench } from "./bench.ts";

/** Makes the user's own copy of the fleet's key the only one; gives its path. */
export function ownKey(bench: Bench, passphrase = ""): string {
  const path = join(bench.home, "id_ed25519");
  const { sshConfig } = bench.user;
  const text = readFileSync(sshConfig, "utf8");
  copyFileSync(/IdentityFile "(.*)"/.exec(text)?.[1] ?? "", path);
  writeFileSync(sshConfig, text.replace(/IdentityFile ".*"/, `IdentityFile "${path}"`));
  if (passphrase) execFileSync("ssh-keygen", ["-q", "-p", "-f", path, "-P", "", "-N", passphrase]);
  return path;
}
