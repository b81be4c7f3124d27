import { execFileSync } from "node:child_process";
import { chmodSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu } from "../support/run-mclu.ts";
import { directoryWith, right, runTemplate } from "../support/template-files.ts";

describe("template validate", () => {
  it("looks at every template, or at those that are named", async () => {
    const path = directoryWith({ "web.conf": right, "db.conf": "[template]\n", "else/x.conf": right });
    const all = await runTemplate("validate", path);
    expect(all.code).toBe(2);
    expect(all.stdout).toMatch(/^debian-12: no errors$/m);
    expect(all.stdout).toContain(`${path}/db.conf:1: neither image nor source`);
    expect(await runTemplate(`validate web ${path}/else/x.conf`, path)).toEqual({
      code: 0,
      stdout: "web: no errors\nx: no errors\n",
      stderr: "",
    });
  });

  it.each([
    ["nowhere", 4, "no template named nowhere"],
    ["./nowhere.conf", 4, "./nowhere.conf: no such file"],
    ["/tmp/", 2, "it is not a file"],
  ])("of %s ends with %d", async (target, code, message) => {
    expect(await runTemplate(`validate ${target}`, "")).toMatchObject({
      code,
      stderr: expect.stringContaining(message),
    });
  });

  it("looks at the files of this machine that steps name", async () => {
    const steps = [
      "upload motd:/etc/motd",
      "copy-in tree:/srv",
      "copy-in link:/srv",
      "run tree",
      "firstboot missing.sh",
      "copy-in odd:/srv",
      "copy-in motd:/srv",
      "upload link/in:/srv",
      "run pipe",
    ];
    const path = directoryWith({
      "web.conf": `${right}[customize]\n${steps.join("\n")}\n`,
      motd: "hello\n",
      "tree/in": "12345",
      "tree/deeper/in": "1",
      "odd/in": "",
    });
    symlinkSync("tree", join(path, "link"));
    symlinkSync("/nowhere", join(path, "tree/dangling"));
    execFileSync("mkfifo", [join(path, "odd/pipe"), join(path, "pipe")]);
    const { code, stdout } = await runTemplate("validate web", path);
    expect({ code, stdout }).toEqual({
      code: 2,
      stdout: [
        `6: copy-in: ${path}/link: a symbolic link, and libguestfs would copy the link itself: name what it points to`,
        `7: run: ${path}/tree: a directory, and a file is wanted: copy-in takes directories`,
        `8: firstboot: ${path}/missing.sh: there is no such file on this machine`,
        `9: copy-in: ${path}/odd: neither a file nor a directory: ${path}/odd/pipe`,
        `12: run: ${path}/pipe: neither a file nor a directory`,
      ]
        .map((line) => `${path}/web.conf:${line}\n`)
        .join(""),
    });
  });

  it("adds the sizes of what travels up, each file once", async () => {
    const steps = "upload motd:/etc/motd\nupload ./motd:/etc/issue\ncopy-in tree:/srv\nroot-password file:motd\n";
    const path = directoryWith({
      "web.conf": `${right}[customize]\n${steps}`,
      motd: "hello\n",
      "tree/in": "12345",
      "tree/deeper/in": "1",
    });
    const { files } = parseDocument<{ files: unknown }>((await runTemplate("show web -o json", path)).stdout);
    expect(files).toEqual([
      { path: join(path, "motd"), kind: "file", bytes: 6, secret: false },
      { path: join(path, "tree"), kind: "directory", bytes: 6, secret: false },
    ]);
  });

  const customize = (script: string) => {
    const directory = directoryWith({ "virt-customize": `#!/bin/sh\n${script}\n` });
    chmodSync(join(directory, "virt-customize"), 0o755);
    return directory;
  };
  const onNode = (script: string, template: string) => {
    // a node that is this machine has the environment of the process itself
    vi.stubEnv("PATH", `${customize(script)}:${process.env.PATH}`);
    onTestFinished(() => void vi.unstubAllEnvs());
    const env = { MCLU_PATH: directoryWith({ "web.conf": template }) };
    return runMclu(["template", "validate", "web", "--node", "localhost"], { env });
  };

  it("asks a node which steps it knows", async () => {
    const known = "echo --install; echo --run-command";
    const template = `${right}[customize]\ninstall a\nchown 0:0:/a\n`;
    const { code, stdout } = await onNode(known, template);
    expect(code).toBe(2);
    expect(stdout).toMatch(/web\.conf:5: the node's virt-customize has no step chown: it came with 1\.52\n$/);
    expect(await onNode(known, `${right}[customize]\ninstall a\n`)).toMatchObject({
      code: 0,
      stdout: "web: no errors\n",
    });
  });

  it("says so where the node has no virt-customize", async () => {
    const { code, stderr } = await onNode("exit 127", right);
    expect(code).toBe(6);
    expect(stderr).toContain("there is no virt-customize on localhost");
  });

  it("ends with 4 for a node that there is not, and 5 where it does not answer", async () => {
    const nobody = await runMclu(["template", "validate", "--node", "ham9"]);
    expect(nobody).toMatchObject({ code: 4, stderr: expect.stringContaining("no node named ham9") });
    const config = "[nodes]\nham0 = 127.0.0.1:1\n";
    expect(await runMclu(["template", "validate", "--node", "ham0"], { config })).toMatchObject({ code: 5 });
  });
});
