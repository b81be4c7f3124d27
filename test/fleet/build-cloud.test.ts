import { createHash } from "node:crypto";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { builder } from "./builder.ts";
import { expectDisk } from "./disk-info.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";
import { type ImageServer, serveImage } from "./image-server.ts";

const net = "10.184.2";
const cache = "/var/cache/mclu/images";
/** A file's content. */
const odd = "it's $(id) \\ {x};\n\ttwo \u2603 lines\n";

/** What a build that came to nothing may leave: none of it. */
const traces = `virsh -q list --all --name | sed '/^$/d'
ls -A /var/lib/libvirt/images ${cache} 2>/dev/null | grep -v '^/\\|^$' || :
ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :
pgrep -xa curl || :`;

describe("build of a cloud image", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let images: ImageServer;
  let ham0: FleetNode;
  beforeAll(async () => {
    fleet = await startFleet({ net, nodes: 2 });
    ham0 = fleet.node("ham0");
    images = await serveImage(fleet, `${net}.1`);
    const right = createHash("sha256").update(images.image).digest("hex");
    const template = (source: string, checksum: string) =>
      `[template]\nsource = ${source}\nchecksum = sha256:${checksum}\nmemory = 128M\nsize = 64M
[customize]\nwrite /etc/motd:ours\nrun-command grep ours /etc/motd && grep web /etc/hostname\n`;
    user = await builder(fleet, {
      fetched: template(`${images.url}/tiny`, right),
      there: `${template("/run/fleet/repo/tiny.qcow2", right)}mkdir /srv\nupload note:/etc/note\ncopy-in tree:/srv\n`,
      half: template(`${images.url}/half`, right),
      wrong: template(`${images.url}/tiny`, "0".repeat(64)),
      other: template("/run/fleet/repo/tiny.qcow2", "0".repeat(64)),
      elsewhere: template("/srv/nothing.qcow2", right),
    });
    const templates = join(user.home, "templates");
    await writeFile(join(templates, "note"), odd);
    await mkdir(join(templates, "tree/a b"), { recursive: true });
    await writeFile(join(templates, "tree/a b/$(c)"), odd);
    await writeFile(join(user.home, "given"), odd);
  });
  afterAll(async () => {
    images?.close();
    await fleet?.down();
  });

  const build = (...argv: string[]) => user.mclu(["build", ...argv], { limit: 800_000 });
  const left = async (node: FleetNode) => (await node.enter(traces)).trim();

  it.each([
    ["wrong", `/tiny is not what the template's checksum says\n`],
    ["other", "/run/fleet/repo/tiny.qcow2 is not what the template's checksum says\n"],
    ["elsewhere", "/srv/nothing.qcow2"],
  ])("leaves nothing of an image that is not the right one: %s", async (template, why) => {
    const { code, stderr } = await build(template, "ham0/web1");
    expect([code, stderr]).toEqual([1, expect.stringMatching(new RegExp(`^error: ham0/web1: .*${why}`, "m"))]);
    expect(await left(ham0)).toBe("");
  });

  it("leaves nothing when Ctrl-C comes while the image is fetched", async () => {
    const half = ham0.enter(`timeout 60 sh -c 'until [ -s ${cache}/.mclu-*.part ]; do sleep 0.1; done'`);
    const run = await user.mclu(["build", "half", "ham0/web1"], { signal: { name: "SIGINT", when: half } });
    expect([run.code, run.stderr]).toEqual([130, expect.stringContaining("cancelled; nothing is left")]);
    expect(await left(ham0)).toBe("");
  });

  it("leaves nothing when the disk is full while the image is fetched", async () => {
    await ham0.enter(`mount -t tmpfs -o size=5M tmpfs ${cache}`);
    const { code, stderr } = await build("fetched", "ham0/web1");
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^error: .* at the stage fetch, .*curl: \(23\)/m)]);
    expect(await left(ham0)).toBe("");
    await ham0.enter(`umount -l ${cache}`);
  });

  it("fetches, checks, resizes and customizes it as virt-builder's, starts the guest and gives its address", {
    timeout: 900_000,
  }, async () => {
    images.asked.splice(0);
    // an image that lies on its node already wants no curl; one that is fetched does
    await fleet.node("ham1").enter("mount --bind /dev/null $(readlink -f $(command -v curl))");
    const unfetched = await build("fetched", "ham1/web3", "--dry-run");
    expect([unfetched.code, unfetched.stderr]).toEqual([6, expect.stringContaining("error: ham1 lacks curl\n")]);
    const sum = createHash("sha256").update(odd).digest("hex");
    const sums = ["/etc/note", "/srv/tree/a b/$(c)", "/etc/given"].map((path) => `'${sum}  ${path}'`);
    const tool = "$(command -v sha256sum || echo busybox sha256sum)";
    const asTheyAreHere = `--run-command=printf '%s\\n' ${sums.join(" ")} | ${tool} -c`;
    const [fetched, there] = await Promise.all([
      build("fetched", "ham0/web1", "--wait-timeout", "180", "-o", "json"),
      build("there", "ham1/web2", "--no-start", "--upload", `${join(user.home, "given")}:/etc/given`, asTheyAreHere),
    ]);
    expect([there.code, there.stdout], there.stderr).toEqual([0, expect.stringMatching(/^web2 +ham1 +built/m)]);
    expect([fetched.code, fetched.stderr]).toEqual([0, expect.stringMatching(/^ham0\/web1: \[fetch\]$/m)]);
    const [result] = (parseDocument(fetched.stdout) as unknown as { results: { address: string }[] }).results;
    // the guest asks by the name that it was given
    const lease = await ham0.enter("virsh -q net-dhcp-leases default");
    expect(lease).toMatch(new RegExp(` ${result?.address}/24 +web1 `));
    await expectDisk(ham0, "/var/lib/libvirt/images/web1.qcow2", 64 * 1024 ** 2);
    await expectDisk(fleet.node("ham1"), "/var/lib/libvirt/images/web2.qcow2", 64 * 1024 ** 2);
    expect(images.asked).toEqual(["/tiny 200"]);
    expect(await ham0.enter(`ls -A ${cache}`)).toMatch(/^sha256-[0-9a-f]{64}\.img\n$/);
  });
});
