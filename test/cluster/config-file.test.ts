import { execFileSync, spawn } from "node:child_process";
import { mkdir, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { loadClusterConfig } from "../../src/cluster/config.ts";
import { homeWith } from "../support/home-with.ts";

const conf = (node: string) => `[nodes]\n${node} =\n`;

async function nodes(home: string, env: Record<string, string> = {}, file?: string) {
  const config = await loadClusterConfig({ file, env: { HOME: home, ...env }, cwd: home, etc: join(home, "etc") });
  return config.nodes.map(({ name }) => name);
}

const fails = (message: string) =>
  expect.objectContaining({ name: "UserError", exitCode: 2, message: expect.stringContaining(message) });

describe("the search for mclu.conf", () => {
  it("prefers -f, then $MCLU_CONFIG, then $XDG_CONFIG_HOME or ~/.config, then /etc", async () => {
    const home = await homeWith({
      "a.conf": conf("from-option"),
      "b b.conf": conf("from-variable"),
      "xdg/mclu/mclu.conf": conf("from-xdg"),
      ".config/mclu/mclu.conf": conf("from-home"),
      "etc/mclu/mclu.conf": conf("from-etc"),
    });
    const xdg = { XDG_CONFIG_HOME: join(home, "xdg") };
    expect(await nodes(home, { ...xdg, MCLU_CONFIG: "b b.conf" }, "a.conf")).toEqual(["from-option"]);
    expect(await nodes(home, { ...xdg, MCLU_CONFIG: "b b.conf" })).toEqual(["from-variable"]);
    expect(await nodes(home, { ...xdg, MCLU_CONFIG: "~/a.conf" })).toEqual(["from-option"]);
    expect(await nodes(home, { ...xdg, MCLU_CONFIG: "" })).toEqual(["from-xdg"]);
    expect(await nodes(home, { XDG_CONFIG_HOME: "xdg" })).toEqual(["from-home"]);
    expect(await nodes(home)).toEqual(["from-home"]);
    expect(await nodes(home, { XDG_CONFIG_HOME: join(home, "empty") })).toEqual(["from-etc"]);
  });

  it("refuses a file that was named and does not exist, and says who named it", async () => {
    const home = await homeWith({ ".config/mclu/mclu.conf": conf("ham0") });
    await expect(nodes(home, {}, "none.conf")).rejects.toEqual(fails("none.conf: no such file"));
    await expect(nodes(home, { MCLU_CONFIG: "none.conf" })).rejects.toEqual(
      expect.objectContaining({ exitCode: 2, hint: "the environment variable MCLU_CONFIG names it" }),
    );
  });

  it("refuses a file that cannot be read, named or not", async () => {
    const home = await homeWith();
    await mkdir(join(home, ".config/mclu/mclu.conf"), { recursive: true });
    await symlink("loop.conf", join(home, "loop.conf"));
    await expect(nodes(home)).rejects.toEqual(fails("mclu.conf: cannot read it: it is a directory, not a file"));
    await expect(nodes(home, {}, ".")).rejects.toEqual(fails(".: cannot read it: it is a directory, not a file"));
    await expect(nodes(home, {}, "loop.conf")).rejects.toEqual(fails("loop.conf: cannot read it: ELOOP"));
  });

  it("reads a pipe, and refuses one that nobody writes into", async () => {
    const home = await homeWith({ "a.conf": conf("piped") });
    execFileSync("mkfifo", [join(home, "pipe")]);
    await expect(nodes(home, {}, "pipe")).rejects.toEqual(
      fails("pipe: cannot read it: it is a pipe, and nobody wrote into it within 2 s"),
    );
    const writer = spawn("sh", ["-c", "exec >pipe; sleep 0.3; cat a.conf"], { cwd: home });
    expect(await nodes(home, {}, "pipe")).toEqual(["piped"]);
    expect(writer.exitCode ?? 0).toBe(0);
  });

  it("ends the wait for a pipe at the signal", async () => {
    const home = await homeWith();
    execFileSync("mkfifo", [join(home, "pipe")]);
    const interruption = new AbortController();
    const { signal } = interruption;
    const options = { file: "pipe", env: { HOME: home }, cwd: home, signal };
    const loading = loadClusterConfig(options);
    interruption.abort();
    await expect(loading).rejects.toMatchObject({ name: "AbortError" });
  });

  it("refuses what is too large to be one, in whole or in a line", async () => {
    const home = await homeWith({
      "large.conf": "a".repeat(10_000_000),
      "line.conf": `[nodes]\nham0 = ${"a".repeat(100_000)}\n`,
      "wrong.conf": `[nodes]\n${"ham0 =\n".repeat(1000)}`,
    });
    await expect(nodes(home, {}, "large.conf")).rejects.toEqual(fails("large.conf: cannot read it: it is larger than"));
    await expect(nodes(home, {}, "line.conf")).rejects.toEqual(fails("line.conf:2: a line of 100007 characters"));
    await expect(nodes(home, {}, "wrong.conf")).rejects.toEqual(fails("\nand 969 more"));
  });

  it("refuses what is not UTF-8, with its line", async () => {
    const home = await homeWith();
    await writeFile(join(home, "latin1.conf"), Buffer.from("[nodes]\n# h\xe4m\nh\xe4m =\nham0 =\n", "latin1"));
    await writeFile(join(home, "utf16.conf"), Buffer.from("\ufeff[nodes]\nham0 =\n", "utf16le"));
    await expect(nodes(home, {}, "latin1.conf")).rejects.toEqual(fails("latin1.conf:3: this line is not UTF-8"));
    await expect(nodes(home, {}, "utf16.conf")).rejects.toEqual(fails("utf16.conf:1: a NUL byte"));
  });
});

describe("files that mclu.conf names", () => {
  it("must be readable; of a key that the agent holds the public half is enough", async () => {
    const home = await homeWith({
      "mclu.conf": "[mclu]\nidentity = agent\nssh-key = none.pub\n[nodes]\na\nb\n[node.b]\nidentity = ~/none\n",
      "agent.pub": "",
    });
    await expect(nodes(home, {}, "mclu.conf")).rejects.toEqual(
      expect.objectContaining({
        exitCode: 2,
        message: [
          `mclu.conf:3: ssh-key: cannot read the public key ${home}/none.pub`,
          `mclu.conf:8: identity: cannot read the private key ${home}/none`,
        ].join("\n"),
      }),
    );
  });
});
