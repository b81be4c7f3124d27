import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { init } from "../../../src/operations/init/init.ts";
import { offeredHosts } from "../../../src/operations/init/ssh-hosts.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";
import { testDriverUri } from "../../support/test-driver.ts";

/** init of this machine with libvirt's test driver, which has a /etc of its own. */
function initHere(directory: string, options: { readonly file?: string } = {}) {
  const env = {
    HOME: directory,
    MCLU_SSH_CONFIG: "/dev/null",
    MCLU_TRANSPORT: "local",
    MCLU_URI: testDriverUri(directory, [{ name: "web1" }]),
  };
  return init({ env, cwd: directory, etc: join(directory, "etc"), hosts: ["ham0"], ...options });
}

describe("init, as a library", () => {
  it("says which configuration is not read any more", async () => {
    const directory = temporaryDirectory();
    const etc = join(directory, "etc/mclu/mclu.conf");
    expect((await initHere(directory, { file: "own.conf" })).hidden).toBeNull();
    mkdirSync(join(directory, "etc/mclu"), { recursive: true });
    writeFileSync(etc, "[nodes]\nham0 =\n");
    const report = await initHere(directory);
    expect(report).toMatchObject({ hidden: etc, file: join(directory, ".config/mclu/mclu.conf"), command: "mclu" });
    expect([existsSync(etc), existsSync(report.file), existsSync(join(directory, "own.conf"))]).toEqual([
      true,
      true,
      true,
    ]);
  });

  it("asks nobody where there is no prompter", async () => {
    const directory = temporaryDirectory();
    const env = { HOME: directory, MCLU_SSH_CONFIG: "/dev/null" };
    await expect(init({ env, cwd: directory, hosts: [] })).rejects.toMatchObject({
      exitCode: 2,
      hint: "mclu init HOST...",
    });
  });
});

describe("the hosts that are offered", () => {
  it("are those of the user's own file, save what cannot be a node", () => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, "config"), "Host ham0\nHost mac all\nHost ham1\n");
    expect(offeredHosts({ MCLU_SSH_CONFIG: "config" }, directory)).toEqual({
      file: join(directory, "config"),
      hosts: ["ham0", "ham1"],
    });
    for (const unset of [{}, { MCLU_SSH_CONFIG: "" }])
      expect(offeredHosts(unset, directory).file).toMatch(/\/\.ssh\/config$/);
  });
});
