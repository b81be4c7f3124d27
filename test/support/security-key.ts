import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const source = fileURLToPath(new URL("security-key.c", import.meta.url));

/** A FIDO key pair and the library that stands for its hardware, for SecurityKeyProvider of ssh_config. */
export interface SecurityKey {
  readonly provider: string;
  /** The file of the private part. */
  readonly path: string;
  /** Its line in authorized_keys. */
  readonly public: string;
}

/** Makes a key of the type sk-ssh-ed25519@openssh.com in a directory; nobody has to touch it. */
export function makeSecurityKey(directory: string): SecurityKey {
  const provider = join(directory, "security-key.so");
  const path = join(directory, "id_ed25519_sk");
  execFileSync("tcc", ["-shared", "-o", provider, source, "-lcrypto"]);
  execFileSync("ssh-keygen", ["-q", "-t", "ed25519-sk", "-w", provider, "-N", "", "-f", path]);
  return { provider, path, public: execFileSync("ssh-keygen", ["-y", "-f", path], { encoding: "utf8" }).trim() };
}
