import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { runMclu, temporaryDirectory } from "../../support/run-mclu.ts";

/** `list` of these nodes, by this ssh_config. */
async function listed(nodes: string, sshConfig: string) {
  const home = temporaryDirectory();
  writeFileSync(join(home, "mclu.conf"), `[nodes]\n${nodes}`);
  writeFileSync(join(home, "ssh_config"), sshConfig);
  const env = { HOME: home, MCLU_CONFIG: join(home, "mclu.conf"), MCLU_SSH_CONFIG: join(home, "ssh_config") };
  const { stdout, code } = await runMclu(["list", "-o", "json"], { env });
  const { nodes: rows } = JSON.parse(stdout) as { readonly nodes: readonly object[] };
  return { rows, code };
}

it.each([
  [
    "a jump host of everybody's, its own too",
    "Host ham1\nHostName 127.0.0.9\nHost *\nProxyJump ham1\n",
    "ham1",
    "ham1",
  ],
  ["two that name each other", "Host ham0\nProxyJump ham1\nHost ham1\nProxyJump ham0\n", "ham1", "ham0"],
  ["ways of several hosts", "Host ham0\nProxyJump ham1,x\nHost ham1\nProxyJump ham0,y\n", "ham1", "ham0"],
])(
  "ProxyJump that goes in a circle is a failure and no silence: %s",
  { timeout: 20_000 },
  async (_what, text, one, other) => {
    const { rows, code } = await listed("ham0 =\nham1 =\n", text);
    const failure = (host: string) => ({
      ...{ state: "failed", reason: "jump", detail: `ProxyJump of ${host} leads back to it` },
      hint: `ssh -G ${host}`,
    });
    expect([code, rows]).toEqual([5, [expect.objectContaining(failure(one)), expect.objectContaining(failure(other))]]);
  },
);
