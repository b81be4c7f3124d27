import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { UserError } from "../../src/errors.ts";
import { loginKeys } from "../../src/operations/login-keys.ts";
import { startAgent } from "../support/fake-agent.ts";
import { temporaryDirectory } from "../support/run-mclu.ts";

const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
const certificate = "ssh-ed25519-cert-v01@openssh.com AAAA";

/** A home directory with these files in ~/.ssh. */
function homeOf(files: Readonly<Record<string, string>>): string {
  const home = temporaryDirectory();
  mkdirSync(join(home, ".ssh"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, ".ssh", name), text);
  return home;
}

it("takes the keys of a file that is named, and neither certificates nor anything else in it", async () => {
  const home = homeOf({ "my.pub": `# mine\n${key} me\n${certificate}\n` });
  const path = join(home, ".ssh/my.pub");
  expect(await loginKeys(path, { agent: undefined, home })).toEqual([
    { line: `${key} me`, fingerprint: expect.stringMatching(/^SHA256:/), from: path },
  ]);
});

it.each([
  ["no such file", "/no/such.pub", "cannot read /no/such.pub, which ssh-key names: ENOENT"],
  ["no end", "/dev/zero", "cannot read /dev/zero, which ssh-key names: it is larger than 1 MiB"],
  ["no public key in it", "/dev/null", "/dev/null, which ssh-key names, holds no public key"],
])("refuses a file that is named, with %s", async (_what, path, message) => {
  const refused = loginKeys(path, { agent: undefined, home: "/nonexistent" });
  await expect(refused).rejects.toThrow(UserError);
  await expect(refused).rejects.toThrow(expect.objectContaining({ message, exitCode: 2 }));
});

it("takes the agent's keys before those of ~/.ssh", async () => {
  const { socketPath } = await startAgent(key);
  const home = homeOf({ "id_rsa.pub": `${key} other\n` });
  expect(await loginKeys(undefined, { agent: socketPath, home })).toMatchObject([
    { from: "the agent", line: `${key} me` },
  ]);
});

it("takes the public keys of ~/.ssh that are named as usual, in order, without those that cannot be read", async () => {
  const home = homeOf({
    "id_b.pub": `${key} b\n`,
    "id_a.pub": `${key} a\n`,
    "other.pub": `${key} c\n`,
    id_a: "private",
  });
  mkdirSync(join(home, ".ssh/id_c.pub"));
  const keys = await loginKeys(undefined, { agent: join(home, "no agent"), home });
  expect(keys.map(({ line }) => line)).toEqual([`${key} a`, `${key} b`]);
  expect(await loginKeys(undefined, { agent: undefined, home: temporaryDirectory() })).toEqual([]);
});
