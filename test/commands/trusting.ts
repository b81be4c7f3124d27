import { fingerprint } from "../../src/node/ssh/key-blob.ts";
import { type FakeSshd, startSshd } from "../support/fake-sshd.ts";
import { type RunOptions, runMclu } from "../support/run-mclu.ts";
import { adminKey, type SshWorld } from "../support/ssh-world.ts";

/** A terminal that is asked on. */
export const tty = { columns: 120, rows: 40 };

/** The fingerprint of an sshd's key. */
export const printOf = ({ hostKey }: Pick<FakeSshd, "hostKey">) =>
  fingerprint(Buffer.from(hostKey.split(" ")[1] ?? "", "base64"));

/** An sshd that lets the administrator in. */
export const sshd = () => startSshd({ authorized: [adminKey.public] });

/** `mclu trust`, as the administrator of a world. */
export function trust(world: SshWorld, argv: readonly string[], options: RunOptions = {}) {
  return runMclu(["trust", ...argv], { config: world.config, env: { ...world.env, NO_COLOR: "1" }, ...options });
}
