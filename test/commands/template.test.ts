import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { runMclu, temporaryDirectory } from "../support/run-mclu.ts";
import { directoryWith, right, runTemplate } from "../support/template-files.ts";

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
    const { code, stdout, stderr } = await runTemplate("list -o json", first, config);
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

  it("of those that come with mclu fits a terminal of 80 columns", async () => {
    const { code, stdout } = await runTemplate("list", "/nowhere");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^NAME +MEMORY +VCPUS +SIZE +TESTED +DESCRIPTION\n/);
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("goes on with broken templates and says so", async () => {
    const path = directoryWith({ "web.conf": "[template]\nram = 2G\n", "db.conf": right });
    mkdirSync(join(path, "dir.conf"));
    const { code, stdout, stderr } = await runTemplate("list --columns name,kind,description --no-header", path);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^db +virt-builder +-$/m);
    expect(stdout).toMatch(/^web +- +broken$/m);
    expect(stderr).toContain(`warning: web is broken: ${path}/web.conf:1: neither image nor source`);
    expect(stderr).toContain("warning: dir is broken:");
    expect(stderr).toContain("it is not a file");
  });

  it("prints names and csv", async () => {
    const path = directoryWith({ "web.conf": `${right}size = 2G` });
    expect((await runTemplate("list -o name", path)).stdout).toMatch(/^web$/m);
    expect((await runTemplate("list -o csv --columns name,size,tested", path)).stdout).toMatch(/^web,2147483648,$/m);
  });

  it("passes over directories that there are not", async () => {
    expect(await runTemplate("list -o name", "/nowhere:/etc/passwd:/etc/passwd/x")).toMatchObject({
      code: 0,
      stderr: "",
    });
  });

  it("refuses a directory that cannot be searched", async () => {
    const loop = join(temporaryDirectory(), "loop");
    symlinkSync(loop, loop);
    const refused = await runTemplate("list", loop);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toContain(`${loop}: cannot look for templates there: ELOOP`);
  });
});

describe("template show", () => {
  it("prints the recipe as it will be run, without passwords", async () => {
    const steps = "root-password password:hunter2\nwrite /etc/motd:one\\\ntwo\nselinux-relabel\n";
    const cloud = `[template]\nsource = /srv/i.img\nchecksum = sha256:${"a".repeat(64)}\nnetwork = bridge:br0\npool = ssd\nsize = 1536M\ntested = yes\n`;
    const path = directoryWith({ "web.conf": `${cloud}[customize]\n${steps}` });
    const { code, stdout } = await runTemplate("show web", path);
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
    const json = await runTemplate("show web -o json", path);
    expect(json.stdout).not.toContain("hunter2");
    expect(parseDocument(json.stdout)).toMatchObject({ base: { kind: "cloud-image", source: "/srv/i.img" } });
  });

  it("says what is not checked", async () => {
    const path = directoryWith({ "web.conf": `${right}check-signature = no\nnetwork = lan` });
    expect((await runTemplate("show web", path)).stdout).toContain("image = tiny\ncheck-signature = no\n");
  });

  it("prints the file as it is with --raw; a terminal is not told what to do by it", async () => {
    const text = `; \u001b[31m\n${right}`;
    const path = directoryWith({ "web.conf": text });
    expect((await runTemplate("show web --raw", path)).stdout).toBe(text);
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
    const { code, stderr } = await runTemplate("show web", path);
    expect(code).toBe(2);
    expect(stderr).toContain(`${path}/web.conf:3: unknown key "ram"`);
    expect(stderr).toContain(`${path}/web.conf:5: upload: ${path}/motd: there is no such file on this machine`);
    expect(stderr).toContain("try: mclu template validate web");
  });

  it("of what cannot be read ends with 2", async () => {
    const path = directoryWith({});
    execFileSync("mkfifo", [join(path, "web.conf")]);
    expect(await runTemplate("show web", path)).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("it is not a file"),
    });
  });
});
