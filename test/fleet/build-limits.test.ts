import { spawnSync } from "node:child_process";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { builder } from "./builder.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import type { FleetUser, RunOptions } from "./fleet-user.ts";
import { holdAt, letGo, reached, wrapForHolding } from "./held-build.ts";
import { wrapPrograms } from "./wrap.ts";

/** What a build that came to nothing may leave: none of it. */
const traces = `virsh -q list --all --name | sed '/^$/d'
ls -A /var/lib/libvirt/images
ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :`;

describe("a build on a node that stands still where a test says so", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let node: FleetNode;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.147.0", nodes: 1 });
    node = fleet.node("ham0");
    const plain = "[template]\nimage = tiny\nmemory = 128M\n";
    const large = `${plain}[customize]\nupload large:/large\n`;
    user = await builder(fleet, { plain, large, firm: `${plain}firmware = uefi\n` });
    await wrapForHolding(node);
  });
  afterAll(() => fleet?.down());
  // also what a try that failed left
  beforeEach(async () => {
    await letGo(node);
    await node.enter(`for guest in $(virsh -q list --all --name); do
virsh -q destroy $guest; virsh -q undefine --remove-all-storage $guest; done 2>/dev/null
virsh -q net-destroy lab 2>/dev/null; virsh -q net-undefine lab 2>/dev/null; rm -f /var/lib/libvirt/images/*`);
  });

  const build = (...argv: string[]) => user.mclu(["build", ...argv, "--wait-timeout", "1"], { limit: 240_000 });
  const buildUntil = (signal: NonNullable<RunOptions["signal"]>, ...argv: string[]) =>
    user.mclu(["build", ...argv], { limit: 240_000, signal });
  const left = async () => (await node.enter(traces)).trim();

  it("is refused where another build has the memory that it wants", async () => {
    await holdAt(node, "build");
    const { nodes } = JSON.parse((await user.mclu(["status", "-o", "json"])).stdout) as {
      nodes: { free: number }[];
    };
    const memory = `${Math.floor(((nodes[0]?.free ?? 0) * 0.6) / 1024 ** 2)}M`;
    const both = [
      build("plain", "one", "--memory", memory, "--no-start"),
      build("plain", "two", "--memory", memory, "--no-start"),
    ];
    const refused = await Promise.race(both);
    expect([refused.code, refused.stderr]).toEqual([6, expect.stringMatching(/was taken meanwhile|no node can take/)]);
    await letGo(node);
    expect((await Promise.all(both)).map(({ code }) => code).sort()).toEqual([0, 6]);
    expect(await left()).toMatch(/^(one|two)\n\1\.qcow2$/);
  });

  it("is built by the same command where its client was killed while its files were sent, without gc", async () => {
    await node.enter("rm -rf /var/lib/mclu/jobs");
    await holdAt(node, "upload");
    const cut = await buildUntil({ name: "SIGKILL", when: reached(node, "upload") }, "large", "web1");
    expect(cut.code).toBe(137);
    await letGo(node);
    const again = await build("large", "web1", "--no-start");
    expect([again.code, again.stdout]).toEqual([0, expect.stringMatching(/^web1 +ham0 +built/m)]);
    expect(await left()).toBe("web1\nweb1.qcow2");
    // what was sent in vain holds no name, and is gc's
    const { stdout } = await user.mclu(["gc", "--dry-run"]);
    expect(stdout).toMatch(/^remove ham0: [^\n]+\n$/);
    expect(await user.mclu(["gc", "-y"])).toMatchObject({ code: 0 });
    expect(await left()).toBe("web1\nweb1.qcow2");
  });

  it("leaves a file alone that took the disk's name while it was built", async () => {
    const disk = "/var/lib/libvirt/images/web1.qcow2";
    await holdAt(node, "build");
    const run = build("plain", "web1");
    await reached(node, "build");
    await node.enter(`echo theirs >${disk}`);
    await letGo(node);
    const { code, stderr } = await run;
    expect([code, stderr]).toEqual([6, expect.stringContaining(`error: ham0/web1: ${disk} is there already\n`)]);
    expect(await left()).toBe("web1.qcow2");
    expect(await node.enter(`cat ${disk}; rm ${disk}`)).toBe("theirs\n");
    expect(await build("plain", "web1", "--no-start")).toMatchObject({ code: 0 });
  });

  it("is left to its node with --detach, and is followed to its end, or cancelled, by its id", async () => {
    await holdAt(node, "build");
    const detach = async (name: string) => {
      const run = await build("plain", name, "--detach", "--no-start", "-o", "json");
      const { results } = parseDocument<{ results: { outcome: string; job: string }[] }>(run.stdout);
      expect([run.code, results]).toMatchObject([0, [{ outcome: "building" }]]);
      return results[0]?.job ?? "";
    };
    const [followed, cancelled] = [await detach("one"), await detach("two")];
    await reached(node, "build");
    expect(await user.mclu(["jobs", "cancel", cancelled])).toMatchObject({ code: 0 });
    const shown = await user.mclu(["jobs", "show", followed, "-o", "json"]);
    expect(parseDocument(shown.stdout)).toMatchObject({ job: { id: followed, state: "running" } });
    await letGo(node);
    expect(await user.mclu(["jobs", "follow", followed], { limit: 240_000 })).toMatchObject({ code: 0 });
    expect(await left()).toBe("one\none.qcow2");
  });

  it.each(["ip", "ssh"])("exits 7 where --wait %s waits in vain, and the guest stays", async (goal) => {
    const { code, stdout, stderr } = await build("plain", "web1", "--wait", goal);
    expect([code, stdout]).toEqual([7, expect.stringMatching(/^web1 +ham0 +built/m)]);
    expect(stderr).toContain(
      "note: ham0/web1: ham0 has no KVM: building and running the guest will be many times slower",
    );
    expect(stderr).toContain(`web1: no ${goal} within 1 s`);
    expect(await node.enter("virsh -q domstate web1")).toContain("running");
  });

  it("has its disk written out before it is defined, and ends where libvirt freezes then", {
    timeout: 300_000,
  }, async () => {
    const point = "define, asked for";
    await wrapPrograms(node, { sync: 'echo "$*" >>/tmp/synced; exec /usr/bin/sync "$@"' });
    await holdAt(node, point);
    const run = build("plain", "web1", "--no-start");
    await reached(node, point);
    const images = "/var/lib/libvirt/images";
    expect(await node.enter("cat /tmp/synced")).toContain(`-- ${images}/web1.qcow2\n-- ${images}\n`);
    await fleet.fault("ham0", "libvirtd-frozen");
    await letGo(node);
    const { code, stderr } = await run.finally(() => fleet.heal("ham0"));
    expect([code, stderr]).toEqual([1, expect.stringContaining('libvirt did not answer "virsh define" within 60 s')]);
    // kept, as long as nobody could say whether the guest is there, and for ten minutes after libvirt was asked in vain
    expect(await left()).toBe("web1.qcow2");
    expect(await user.mclu(["gc", "--dry-run"])).toMatchObject({ stdout: expect.not.stringContaining("qcow2") });
    expect(await user.mclu(["gc", "-y"])).toMatchObject({ code: 0 });
    expect(await left()).toBe("web1.qcow2");
    await node.enter(
      'for asked in /var/lib/mclu/jobs/*/committing; do since=$(cat "$asked"); echo $((since - 600)) >"$asked"; done',
    );
    const { items } = parseDocument<{ items: unknown[] }>((await user.mclu(["gc", "--dry-run", "-o", "json"])).stdout);
    expect(await user.mclu(["gc", `--yes-all=${items.length}`])).toMatchObject({ code: 0 });
    expect(await left()).toBe("");
  });

  it("has a password in no command line, environment, log or record, there nor here", async () => {
    const password = "xyzsesam9";
    // no process that looks for it has it in its own command line
    const found = (where: string) => node.enter(`grep -rls '[x]${password.slice(1)}' ${where} || :`);
    await holdAt(node, "build");
    const run = build("plain", "web1", "--root-password", `password:${password}`, "--no-start", "-o", "json");
    await reached(node, "build");
    expect(await found("/proc/[0-9]*/cmdline /proc/[0-9]*/environ")).toBe("");
    expect(await found("/var/lib/mclu")).toMatch(/^[^\n]+\/files\/commands\n$/);
    await letGo(node);
    const { code, stdout, stderr } = await run;
    expect([code, stdout + stderr]).toEqual([0, expect.not.stringContaining(password)]);
    expect(await found("/var/lib/mclu /etc/libvirt /var/log/libvirt /run/libvirt /root")).toBe("");
    const job = parseDocument<{ results: { job: string }[] }>(stdout).results[0]?.job ?? "";
    for (const argv of [["jobs", "show", job], ["history"], ["info", "web1"], ["xml", "web1"]]) {
      const shown = await user.mclu([...argv]);
      expect([shown.code, shown.stdout + shown.stderr]).toEqual([0, expect.not.stringContaining(password)]);
    }
    expect(spawnSync("grep", ["-rls", password, user.home], { encoding: "utf8" }).stdout).toBe("");
  });

  it("takes what the command line says before what the template does, and no network that is not active", async () => {
    await node.enter("echo '<network><name>lab</name></network>' >/tmp/lab.xml; virsh -q net-define /tmp/lab.xml");
    const sizes = ["--memory", "192M", "--vcpus", "2", "--size", "1G", "--network", "lab", "--no-start"];
    const inactive = await build("plain", "ham0/web1", ...sizes);
    expect([inactive.code, inactive.stdout, await left()]).toEqual([6, "", ""]);
    expect(inactive.stderr).toContain("network lab is not active\n  mclu virsh ham0 -- net-list --all\n");
    await node.enter("virsh -q net-start lab");
    const run = await build("plain", "ham0/web1", ...sizes, "--show-commands");
    expect([run.code, run.stderr]).toEqual([
      0,
      expect.stringMatching(/^ham0: virt-builder tiny .* --size 1073741824b /m),
    ]);
    const xml = await node.enter("virsh -q dumpxml web1");
    expect(xml).toMatch(/<memory unit='KiB'>196608<[\s\S]*<vcpu[^>]*>2<[\s\S]*<source network='lab'\/>/);
    expect(xml.replace(/>\s+</g, "><")).toMatch(
      /<mclu:built [^>]*><mclu:template>plain<\/mclu:template><mclu:builder>[^<@]+@[^<]+<\/mclu:builder><mclu:date>\d{4}-\d\d-\d\dT[\d:.]+Z<\/mclu:date><\/mclu:built>/,
    );
  });

  it("has a guest with UEFI where its template wants that, which goes as it came", async () => {
    expect(await build("firm", "web1", "--no-start")).toMatchObject({ code: 0 });
    expect(await node.enter("virsh -q dumpxml web1")).toMatch(/<os firmware='efi'>/);
    expect(await user.mclu(["delete", "-y", "web1"])).toMatchObject({ code: 0 });
    expect(await left()).toBe("");
  });

  it.each([
    ["SIGKILL", 137, "copy1\nsource\ncopy1.qcow2\nsource.qcow2"],
    ["SIGINT", 130, "source\nsource.qcow2"],
  ] as const)(
    "has a clone come to its end, or to nothing, after %s while it is published",
    async (name, code, after) => {
      expect(await build("plain", "source", "--no-start")).toMatchObject({ code: 0 });
      await holdAt(node, "publish");
      const clone = ["clone", "source", "copy1", "--as-is", "--no-start"];
      const begun = reached(node, "publish");
      const run = await user.mclu(clone, { limit: 120_000, signal: { name, when: begun } });
      expect(run.code).toBe(code);
      await letGo(node);
      await node.enter(`timeout 60 sh -c 'while pgrep -f "[j]obs/.*/run" >/dev/null; do sleep 0.2; done'`);
      expect((await left()).split("\n").sort().join("\n")).toBe(after.split("\n").sort().join("\n"));
      expect((await user.mclu(clone, { limit: 120_000 })).code).toBe(name === "SIGINT" ? 0 : 6);
    },
  );

  it("hands steps to virt-builder as they were typed, whatever is in them, in their order", async () => {
    await holdAt(node, "build");
    const odd = `it's "$(id)" \`id\` \\ {x};`;
    const run = build("plain", "web1", "--write", `/a:${odd}\n --two`, `--run-command=--x ${odd}`, "--no-start");
    await reached(node, "build");
    const commands = await node.enter("cat /var/lib/mclu/jobs/*/files/commands");
    await letGo(node);
    expect(commands).toContain(`write /a:${odd}\\\n --two\nrun-command --x ${odd}\n`);
    expect((await run).code).toBe(0);
  });
});
