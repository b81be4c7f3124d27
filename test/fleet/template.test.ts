import { createHash } from "node:crypto";
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { commandLine } from "../../src/node/shell.ts";
import { loadTemplate } from "../../src/operations/load-template.ts";
import { type BuildCommand, type BuildPlaces, buildCommands } from "../../src/template/build-commands.ts";
import { deliver } from "../../src/template/delivery.ts";
import type { GivenStep } from "../../src/template/given-steps.ts";
import type { Base, Recipe } from "../../src/template/recipe.ts";
import { stepNames, stepSyntax } from "../../src/template/step-syntax.ts";
import { expectDisk } from "./disk-info.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { type ImageServer, serveImage } from "./image-server.ts";

const net = "10.123.0";
const shipped = fileURLToPath(new URL("../../templates", import.meta.url));
/** A directory of a node's own, as the node sees it. */
const job = "/var/tmp/job";
const places: BuildPlaces = {
  output: `${job}/web1.part`,
  format: "qcow2",
  size: null,
  commandsFile: `${job}/commands`,
  cache: `${job}/cache`,
  download: `${job}/web1.download`,
};

describe("templates on real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let images: ImageServer;
  /** The job's directory of a node, as this machine sees it. */
  const seen = (node: FleetNode) => join(fleet.dir, node.name, "var-tmp/job");
  const write = (path: string, text: string) => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  };

  beforeAll(async () => {
    fleet = await startFleet({ net, nodes: 2 });
    user = await fleetUser(fleet);
    // builds both images, where that was not done before
    await fleet.define("ham0", ["unused"], { template: "debian" });
    for (const node of fleet.nodes) mkdirSync(seen(node));
    images = await serveImage(fleet, `${net}.1`);
  });
  afterAll(async () => {
    images?.close();
    await fleet?.down();
  });
  afterEach(() => {
    for (const node of fleet.nodes) rmSync(seen(node), { recursive: true });
    for (const node of fleet.nodes) mkdirSync(seen(node));
  });

  /** What a shell command prints, on either stream, and its exit code behind that. */
  const said = (node: FleetNode, command: string) => node.enter(`{ ${command}\n} 2>&1; echo "code $?"`);
  const run = (node: FleetNode, commands: readonly BuildCommand[]) =>
    said(node, commands.map(({ argv }) => commandLine(argv)).join(" && "));

  /** Everything the node needs, and the build itself. */
  const build = (node: FleetNode, recipe: Pick<Recipe, "base" | "steps">, size: number | null) => {
    const { commands, files } = deliver(recipe.steps, { directory: `${job}/files`, hostname: node.name });
    write(join(seen(node), "commands"), commands);
    for (const { path, to } of files) cpSync(path, join(seen(node), "files", to), { recursive: true });
    return run(node, buildCommands(recipe, { ...places, size }));
  };

  it("are checked against the steps that a node knows", async () => {
    const { code, stdout, stderr } = await user.mclu(["template", "validate", "--node", "ham0"]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toMatch(/^debian-12: no errors$/m);
    write(join(user.home, "new.conf"), "[template]\nimage = tiny\n[customize]\nmkdir /a\nchown 0:0:/a\n");
    const newer = await user.mclu(["template", "validate", join(user.home, "new.conf"), "--node", "ham1"]);
    expect(newer.code).toBe(2);
    expect(newer.stdout).toContain("new.conf:5: the node's virt-customize has no step chown: it came with 1.52");
  });

  it("hold steps that virt-customize reads as they are read here", async () => {
    const values = new Map([
      ["root-password", "lock:password:a:b"],
      ["password", "kei:disabled"],
      ["password-crypto", "sha512"],
      ["ssh-inject", "kei:string:ssh-ed25519 AAAA kei"],
      ["sm-credentials", "kei:password:x"],
      ["sm-attach", "pool:1"],
    ]);
    const steps = stepNames.filter((name) => stepSyntax(name).since === undefined);
    const given = steps.map((name) => {
      const { value, colons = 0 } = stepSyntax(name);
      return { name, value: value === null ? null : (values.get(name) ?? `/a${":/b\n\nc".repeat(colons)}`) };
    });
    const { recipe } = await loadTemplate({ templates: [shipped] }, "debian-12", { cwd: "/", steps: [] });
    const node = fleet.node("ham0");
    const all = given.map(({ name, value }) => (value === null ? name : `${name} ${value.replaceAll("\n", "\\\n")}`));
    write(
      join(seen(node), "commands"),
      `${deliver(recipe.steps, { directory: "/x", hostname: "web1" }).commands}${all.join("\n")}\n`,
    );
    // the commands file is read before the disk is looked for
    const read = await node.enter(`virt-customize -a ${job}/none --commands-from-file ${job}/commands 2>&1 || true`);
    expect(read).toContain(`${job}/none: No such file or directory`);
    expect(read).not.toMatch(/not valid|invalid/);
  });

  it("come from an index that virt-builder trusts by its signature alone", async () => {
    const node = fleet.node("ham0");
    expect(await node.enter("virt-builder --list")).toMatch(/^debian-12 .*\ntiny .*\n$/);
    const repos = "virt-builder/repos.d/fleet.conf";
    const forged = `mkdir -p ${job}/virt-builder/repos.d
sed 's/^name=Tiny/name=Other/' /run/fleet/repo/index.asc >${job}/index.asc
sed 's,^uri=.*,uri=file://${job}/index.asc,' /etc/${repos} >${job}/${repos}
XDG_CONFIG_HOME=${job} XDG_CONFIG_DIRS=${job} virt-builder --list 2>&1`;
    expect(await said(node, forged)).toMatch(/signature[\s\S]*code 1\n$/i);
  });

  describe("of cloud images", () => {
    afterEach(() => void images.asked.splice(0));

    const base = (name: string, digest?: string): Base => ({
      kind: "cloud-image",
      source: { kind: "url", url: `${images.url}/${name}`, safe: false },
      checksum: digest === undefined ? null : { algorithm: "sha256", digest },
    });
    const fetching = (from: Base) => buildCommands({ base: from }, places).slice(0, 1);
    const copying = (path: string, size: number | null = null) => {
      const source = { kind: "path", path } as const;
      return buildCommands({ base: { kind: "cloud-image", source, checksum: null } }, { ...places, size }).slice(0, 1);
    };

    it("fetch what is not there yet, and what has changed", async () => {
      const node = fleet.node("ham1");
      const digest = createHash("sha256").update(images.image).digest("hex");
      for (const from of [base("pinned", digest), base("pinned", digest), base("moving"), base("moving")])
        expect(await run(node, fetching(from))).toBe("code 0\n");
      expect(images.asked).toEqual(["/pinned 200", "/moving 200", "/moving 304"]);
      const cached = await node.enter(`cd ${job}/cache && sha256sum * && ls -A ..`);
      expect(cached.match(new RegExp(`^${digest} `, "gm"))).toHaveLength(2);
      expect(cached).not.toContain("download");
      await node.enter(`echo x >${job}/cache/sha256-${digest}.img`);
      await run(node, fetching(base("pinned", digest)));
      expect(images.asked.at(-1)).toBe("/pinned 200");
    });

    it("keep nothing that is not what the checksum says", async () => {
      const node = fleet.node("ham1");
      const wrong = fetching(base("pinned", "0".repeat(64)));
      expect(await run(node, wrong)).toMatch(/pinned is not what the template's checksum says\ncode 1\n$/);
      expect(await node.enter(`find ${job}/cache ${job} -type f`)).toBe("");
    });

    it("copy no image that names other files, is of another format or too large", async () => {
      const node = fleet.node("ham1");
      await node.enter(`cd ${job} && qemu-img create -q -f raw small 1M && qemu-img create -q -f vmdk v 1M
qemu-img create -q -f qcow2 -b /etc/shadow -F raw b 1M && qemu-img create -q -f qcow2 -o data_file=d d.qcow2 1M`);
      const refused = async (command: readonly BuildCommand[]) => {
        const text = await run(node, command);
        expect(await node.enter(`ls ${places.output} 2>/dev/null || echo none`)).toBe("none\n");
        return text;
      };
      expect(await refused(copying(`${job}/b`))).toBe(`${job}/b names other files of the node: refused\ncode 1\n`);
      expect(await refused(copying(`${job}/d.qcow2`))).toContain("names other files of the node: refused");
      expect(await refused(copying(`${job}/v`))).toContain("is of the format vmdk: expected qcow2 or raw");
      expect(await refused(copying(`${job}/small`, 1024))).toBe(
        `a disk of 1024 bytes is too small for ${job}/small, which has 1048576\ncode 1\n`,
      );
      expect(await refused(copying(`${job}/nothing`))).toContain("No such file");
    });

    it("check an image that is on the node already", async () => {
      const node = fleet.node("ham1");
      write(join(seen(node), "image"), "x\n");
      const check = (digest: string) => {
        const source = { kind: "path", path: `${job}/image` } as const;
        return buildCommands(
          { base: { kind: "cloud-image", source, checksum: { algorithm: "sha512", digest } } },
          places,
        ).slice(0, 1);
      };
      expect(await run(node, check(createHash("sha512").update("x\n").digest("hex")))).toBe("code 0\n");
      expect(await run(node, check("0".repeat(128)))).toContain(
        "image is not what the template's checksum says\ncode 1\n",
      );
    });

    it("are built like those of virt-builder: debian-12 as it is shipped, with all kinds of steps and files", async () => {
      const mine = join(user.home, "mine");
      const motd = 'it\'s "$(id)" `id` \\ {x}\n';
      for (const [name, text] of Object.entries({
        "it's my motd": motd,
        "tree/deep/leaf": "leaf\n",
        "k.pub": "ssh-ed25519 AAAA kei@ham\n",
        pw: "hunter2\n",
        "s.sh": "#!/bin/sh\necho ran >/srv/ran\n",
      }))
        write(join(mine, name), text);
      const steps: readonly GivenStep[] = [
        { name: "upload", value: "it's my motd:/etc/motd" },
        { name: "mkdir", value: "/srv" },
        { name: "copy-in", value: "tree:/srv" },
        { name: "write", value: `/srv/text:${motd}\n two` },
        { name: "ssh-inject", value: "root:file:k.pub" },
        { name: "root-password", value: "file:pw" },
        { name: "run", value: "s.sh" },
      ];
      const sum = (text: string) => createHash("sha256").update(text).digest("hex");
      const tool = "$(command -v sha256sum || echo busybox sha256sum)";
      const checks = [
        "grep ham /etc/hostname",
        `echo "${sum(motd)}  /etc/motd" | ${tool} -c`,
        `echo "${sum(`${motd}\n two`)}  /srv/text" | ${tool} -c`,
        "grep leaf /srv/tree/deep/leaf",
        "grep kei@ham /root/.ssh/authorized_keys",
        "grep ran /srv/ran",
      ].map((value) => ({ name: "run-command", value }));
      const options = (extra: readonly GivenStep[]) => ({ cwd: mine, steps: [...steps, ...extra, ...checks] });
      const debian = await loadTemplate(
        { templates: [shipped] },
        "debian-12",
        options([
          { name: "install", value: "hello" },
          {
            name: "run-command",
            value: "hello -g hi | grep hi && systemctl is-enabled qemu-guest-agent && ls /etc/ssh/ssh_host_*_key",
          },
        ]),
      );
      write(join(mine, "cloud.conf"), "[template]\nsource = /unused\n");
      const cloud = await loadTemplate({ templates: [mine] }, "cloud", options([]));
      // at the same time, each on a node of its own
      const [one, other] = await Promise.all([
        build(fleet.node("ham0"), debian.recipe, debian.recipe.size),
        build(fleet.node("ham1"), { ...cloud.recipe, base: base("tiny") }, 64 * 1024 ** 2),
      ]);
      expect(one).toMatch(/Installing packages: qemu-guest-agent\n/);
      for (const log of [one, other]) {
        expect(log).toContain("Setting passwords");
        expect(log).not.toContain("hunter2");
        expect(log).toMatch(/\ncode 0\n$/);
      }
      await expectDisk(fleet.node("ham0"), places.output, debian.recipe.size);
      await expectDisk(fleet.node("ham1"), places.output, 64 * 1024 ** 2);
    }, 900_000);
  });
});
