import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";

const right = "[template]\nimage = tiny\n";

/** A directory with these files. */
function directoryWith(files: Readonly<Record<string, string>>): string {
  const directory = temporaryDirectory();
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

const run = (argv: string, path: string, config?: string) =>
  runMclu(["template", ...argv.split(" ")], { env: { MCLU_PATH: path }, ...(config !== undefined && { config }) });

describe("template list", () => {
  it("searches $MCLU_PATH, then mclu.conf's directories, then the shipped ones; the first of a name counts", async () => {
    const first = directoryWith({
      "web2.conf": `${right}description = first`,
      ".hidden.conf": "",
      "notes.txt": "",
      "-x.conf": "",
    });
    const second = directoryWith({
      "web2.conf": right,
      "web10.conf": right,
      "debian-12.conf": `${right}description = ours`,
    });
    const config = `[mclu]\ntemplates = ${second}:${second}/missing\n[nodes]\nham0 =\n`;
    const { code, stdout, stderr } = await run("list -o json", first, config);
    const { templates } = parseDocument<{ templates: { name: string; description: string; shadowed: string[] }[] }>(
      stdout,
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(templates.filter(({ name }) => name.startsWith("web")).map(({ name }) => name)).toEqual(["web2", "web10"]);
    expect(templates.find(({ name }) => name === "web2")).toMatchObject({
      description: "first",
      shadowed: [join(second, "web2.conf")],
    });
    expect(templates.find(({ name }) => name === "debian-12")).toMatchObject({
      description: "ours",
      shadowed: [expect.stringMatching(/templates\/debian-12\.conf$/)],
    });
    expect(templates.map(({ name }) => name)).toEqual(expect.arrayContaining(["fedora-43", "ubuntu-24.04"]));
  });

  it("goes on with broken templates and says so", async () => {
    const path = directoryWith({ "web.conf": "[template]\nram = 2G\n", "db.conf": right });
    mkdirSync(join(path, "dir.conf"));
    const { code, stdout, stderr } = await run("list --columns name,kind,description --no-header", path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^db +virt-builder +-$/m);
    expect(stdout).toMatch(/^web +- +broken$/m);
    expect(stderr).toContain(`warning: web is broken: ${path}/web.conf:1: neither image nor source`);
    expect(stderr).toContain("warning: dir is broken:");
    expect(stderr).toContain("it is not a file");
  });

  it("prints names and csv", async () => {
    const path = directoryWith({ "web.conf": `${right}size = 2G` });
    expect((await run("list -o name", path)).stdout).toMatch(/^web$/m);
    expect((await run("list -o csv --columns name,size,tested", path)).stdout).toMatch(/^web,2147483648,$/m);
  });

  it("passes over directories that there are not", async () => {
    expect(await run("list -o name", "/nowhere:/etc/passwd:/etc/passwd/x")).toMatchObject({ code: 0, stderr: "" });
  });

  it("refuses a directory that cannot be searched", async () => {
    const loop = join(temporaryDirectory(), "loop");
    symlinkSync(loop, loop);
    const refused = await run("list", loop);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${loop}: cannot look for templates there: ELOOP`);
  });
});

describe("template show", () => {
  it("prints the recipe as it will be run, without passwords", async () => {
    const steps = "root-password password:hunter2\nwrite /etc/motd:one\\\ntwo\nselinux-relabel\n";
    const cloud = `[template]\nsource = /srv/i.img\nchecksum = sha256:${"a".repeat(64)}\nnetwork = bridge:br0\npool = ssd\nsize = 1536M\ntested = yes\n`;
    const path = directoryWith({ "web.conf": `${cloud}[customize]\n${steps}` });
    const { code, stdout } = await run("show web", path);
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: `; ${path}/web.conf
[template]
source = /srv/i.img
checksum = sha256:${"a".repeat(64)}
memory = 1G
vcpus = 1
size = 1536M
firmware = bios
network = bridge:br0
pool = ssd
graphics = vnc
tested = yes

[customize]
root-password password:***
write /etc/motd:one\\
two
selinux-relabel
`,
    });
    const json = await run("show web -o json", path);
    expect(json.stdout).not.toContain("hunter2");
    expect(parseDocument(json.stdout)).toMatchObject({ base: { kind: "cloud-image", source: "/srv/i.img" } });
  });

  it("says what is not checked", async () => {
    const path = directoryWith({ "web.conf": `${right}check-signature = no\nnetwork = lan` });
    expect((await run("show web", path)).stdout).toContain("image = tiny\ncheck-signature = no\n");
  });

  it("prints the file as it is with --raw; a terminal is not told what to do by it", async () => {
    const text = `; \u001b[31m\n${right}`;
    const path = directoryWith({ "web.conf": text });
    expect((await run("show web --raw", path)).stdout).toBe(text);
    const seen = await runMclu(["template", "show", "web", "--raw"], {
      env: { MCLU_PATH: path },
      tty: { columns: 80, rows: 24 },
    });
    expect(seen.stdout).toContain("; \\x1b[31m");
  });

  it.each([
    ["debain-12", 4, "no template named debain-12: did you mean debian-12?"],
    ["nothing-like-it", 4, "no template named nothing-like-it\n"],
    ["debian-12.conf", 2, "without its ending: debian-12"],
    ["../debian-12", 2, 'it has no "/"'],
    [".debian", 2, '".debian" is no template\'s name'],
    ["a\u001bb", 2, '"a\\x1bb" is no template\'s name'],
  ])("of %s ends with %d", async (name, code, message) => {
    const found = await runMclu(["template", "show", "--", name]);
    expect(found).toMatchObject({ code, stdout: "" });
    expect(found.stderr).toContain(message);
    if (code === 4) expect(found.stderr).toMatch(new RegExp(`looked for ${name}\\.conf in .*/templates`));
  });

  it("of a broken template tells all that is wrong, its files included", async () => {
    const path = directoryWith({ "web.conf": `${right}ram = 1G\n[customize]\nupload motd:/etc/motd\n` });
    const { code, stderr } = await run("show web", path);
    expect(code).toBe(2);
    expect(stderr).toContain(`${path}/web.conf:3: unknown key "ram"`);
    expect(stderr).toContain(`${path}/web.conf:5: upload: ${path}/motd: there is no such file on this machine`);
    expect(stderr).toContain("try: mclu template validate web");
  });

  it("of what cannot be read ends with 2", async () => {
    const path = directoryWith({});
    execFileSync("mkfifo", [join(path, "web.conf")]);
    expect(await run("show web", path)).toMatchObject({ code: 2, stderr: expect.stringContaining("it is not a file") });
  });
});

describe("template validate", () => {
  it("looks at every template, or at those that are named", async () => {
    const path = directoryWith({ "web.conf": right, "db.conf": "[template]\n", "else/x.conf": right });
    const all = await run("validate", path);
    expect(all.code).toBe(2);
    expect(all.stdout).toMatch(/^debian-12: no errors$/m);
    expect(all.stdout).toContain(`${path}/db.conf:1: neither image nor source`);
    expect(await run(`validate web ${path}/else/x.conf`, path)).toEqual({
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
    expect(await run(`validate ${target}`, "")).toMatchObject({ code, stderr: expect.stringContaining(message) });
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
    const { code, stdout } = await run("validate web", path);
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
    const { files } = parseDocument<{ files: unknown }>((await run("show web -o json", path)).stdout);
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
