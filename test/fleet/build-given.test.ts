import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builder } from "./builder.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";

/** A pool and a network by their names, and the pool's directory. */
const pool = `it's $(touch pwned) "q"`;
const network = `lab  one's "$(touch pwned)"`;
const directory = `/var/lib/libvirt/a b/-$(touch pwned)'"`;
const odd = "it's `odd` $(file)";

/** What a build that came to nothing may leave: none of it. */
const traces = `virsh -q list --all --name | sed '/^$/d'
ls -A /var/lib/libvirt/images
ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :`;

describe("a build of what its administrators call oddly, and want installed", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let node: FleetNode;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.120.1", nodes: 2, kinds: { ham1: "dynamic" } });
    node = fleet.node("ham1");
    // builds both images, where that was not done before
    await fleet.define("ham0", ["unused"], { template: "debian" });
    await node.enter(`set -e
cat >/tmp/pool <<'X'
${pool}
X
cat >/tmp/directory <<'X'
${directory}
X
mkdir -p "$(cat /tmp/directory)"
virsh -q pool-define-as --name "$(cat /tmp/pool)" --type dir --target "$(cat /tmp/directory)"
virsh -q pool-start --pool "$(cat /tmp/pool)"
cat >/tmp/network.xml <<'X'
<network><name>${network.replaceAll('"', "&quot;")}</name></network>
X
virsh -q net-create /tmp/network.xml`);
    const head = "memory = 128M\n";
    user = await builder(fleet, {
      debian: `[template]\nimage = debian-12\n${head}pool = ${pool}\n`,
      tiny: `[template]\nimage = tiny\n${head}`,
    });
    await writeFile(join(user.home, odd), odd);
  }, 600_000);
  afterAll(() => fleet?.down());

  const build = (...argv: string[]) => user.mclu(["build", ...argv], { limit: 800_000, cwd: user.home });

  it("puts it into that pool and on that network, with the package, or says why there is none", {
    timeout: 900_000,
  }, async () => {
    // what an earlier try left
    await node.enter("{ virsh -q destroy web1; virsh -q undefine --remove-all-storage web1; } 2>/dev/null; :");
    const sum = createHash("sha256").update(odd).digest("hex");
    const look = `hello -g hi | grep hi && sha256sum /srv/* | grep ^${sum}`;
    const more = ["--network", network, "--upload", `${odd}:/srv/${odd}`, "--run-command", look];
    const [built, failed] = await Promise.all([
      build("debian", "ham1/web1", "--install", "hello", ...more, "--wait-timeout", "1"),
      build("tiny", "ham0/web2", "--install", "hello"),
    ]);
    expect([built.code, built.stdout], built.stderr).toEqual([0, expect.stringMatching(/^web1 +ham1 +built/m)]);
    const disks = await user.mclu(["disk", "list", "web1", "-o", "json"]);
    expect(disks.stdout).toContain(JSON.stringify(`${directory}/web1.qcow2`));
    const nics = await user.mclu(["nic", "list", "web1", "-o", "json"]);
    expect(nics.stdout).toContain(JSON.stringify(network));
    expect(await user.mclu(["delete", "-y", "--force", "web1"])).toMatchObject({ code: 0 });
    expect(await node.enter(`ls -A "$(cat /tmp/directory)"; ls /pwned /root/pwned 2>/dev/null || :`)).toBe("");
    // the image has no package manager
    expect([failed.code, failed.stderr]).toEqual([1, expect.stringMatching(/^error: .*: \/bin\/sh: .*not found\n/m)]);
    expect(await fleet.node("ham0").enter(traces)).toMatch(/^unused\n[^\n]+\n$/);
  });

  it.each([
    [
      ["--chown", "0:0:/a"],
      6,
      "command line --chown: the node's virt-customize has no step chown: it came with 1.52\n",
    ],
    [["--network", "no such"], 6, "network no such is not active\n"],
    [["--network=-x"], 2, '--network: "-x" is not a name'],
  ] as [string[], number, string][])("refuses %j before anything is made", async (argv, code, why) => {
    const run = await build("tiny", "ham0/web2", ...argv);
    expect([run.code, run.stdout, run.stderr]).toEqual([code, "", expect.stringContaining(why)]);
    expect(await fleet.node("ham0").enter(traces)).toMatch(/^unused\n[^\n]+\n$/);
  });

  it("is refused without the pool that mclu.conf names, and doctor says what makes it", async () => {
    await node.enter("virsh -q pool-destroy default; virsh -q pool-undefine default; :");
    const { code, stderr } = await build("tiny", "ham1/web2");
    expect([code, stderr]).toEqual([
      6,
      "error: no node can take web2\n  ham1: no storage pool default\n  mclu doctor ham1\n",
    ]);
    const { stdout } = await user.mclu(["doctor", "ham1"]);
    const [, fix = ""] = /there is no pool default\n +try: mclu exec ham1 -- '(.*)'$/m.exec(stdout) ?? [];
    await node.enter(fix);
    expect(await build("tiny", "ham1/web2", "--dry-run")).toMatchObject({ code: 0 });
  });
});
