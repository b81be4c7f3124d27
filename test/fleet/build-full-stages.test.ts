import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { builder } from "./builder.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";
import { clear, expectRetry, fill, images, jobs, makeRoom, small } from "./full-disk.ts";
import { holdAt, letGo, reached, wrapForHolding, wrapRealBuild } from "./held-build.ts";
import { unwrapPrograms, wrapPrograms } from "./wrap.ts";

const head = "memory = 128M\n";

/** So many KiB for /var/tmp, where the appliance of libguestfs stays. */
const smallTemporary = (
  size: number,
) => `mkdir -p /run/fleet/appliance && mount --bind /var/tmp/.guestfs-0 /run/fleet/appliance
mount -t tmpfs -o size=${size}k,mode=1777 small /var/tmp && mkdir /var/tmp/.guestfs-0
mount --bind /run/fleet/appliance /var/tmp/.guestfs-0`;

describe("a full disk at a stage of a build", { timeout: 400_000 }, () => {
  let fleet: Fleet;
  let user: FleetUser;
  let node: FleetNode;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.117.0", nodes: 1 });
    node = fleet.node("ham0");
    user = await builder(fleet, {
      plain: `[template]\nimage = tiny\n${head}`,
      firm: `[template]\nimage = tiny\n${head}firmware = uefi\n`,
      cloud: `[template]\nsource = /run/fleet/repo/tiny.qcow2\n${head}`,
    });
  });
  afterAll(() => fleet?.down());
  beforeEach(async () => {
    await letGo(node);
    await node.enter(clear);
    await unwrapPrograms(node);
    await wrapForHolding(node);
  });

  const build = (template = "plain", ...more: string[]) =>
    user.mclu(["build", template, "web1", "--wait-timeout", "1", ...more], { limit: 240_000 });
  const retry = (template = "plain") => expectRetry({ node, user }, () => build(template, "--no-start"));

  it("publish: the pool has no room for another name", async () => {
    await node.enter(small(images, 16 * 1024, ",nr_inodes=64"));
    const crowd = `for i in $(seq 100); do touch ${images}/.fill$i || break; done 2>/dev/null`;
    await wrapPrograms(node, { ln: `case $* in *.mclu-*) ${crowd} ;; esac\nexec /usr/bin/ln "$@"` });
    const { code, stderr } = await build();
    const why = /\/var\/lib\/libvirt\/images\/web1.qcow2 could not be made: .*No space left on device\n/;
    expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
    await retry();
  });

  it("publish: the pool is full by the time the disk has its name", async () => {
    await node.enter(small(images, 16 * 1024));
    await holdAt(node, "publish");
    const run = build();
    await reached(node, "publish");
    await node.enter(fill(images));
    const { code, stderr } = await run;
    expect([code, stderr]).toEqual([1, expect.stringContaining(`less than 4096 KiB free in ${images}\n`)]);
    await retry();
  });

  it("build: virt-builder finds no room in /var/tmp for what it unpacks", async () => {
    await unwrapPrograms(node);
    await wrapRealBuild(node);
    await holdAt(node, "build");
    const run = build();
    await reached(node, "build");
    await node.enter(smallTemporary(12 * 1024));
    const begun = performance.now();
    await letGo(node);
    const { code, stderr } = await run;
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/KiB (are )?free in \/var\/tmp\n/)]);
    await retry();
  });

  it("copy: a cloud image does not fit into the pool", async () => {
    await node.enter(small(images, 6 * 1024));
    const { code, stderr } = await build("cloud");
    expect([code, stderr]).toEqual([
      1,
      expect.stringMatching(/at the stage copy, .*No space left on device|KiB free in/),
    ]);
    await wrapPrograms(node, {
      "virt-customize": `[ "$1" = --format ] || exec /usr/bin/virt-customize "$@"`,
    });
    await retry("cloud");
  });

  it("customize: notices within 30 s that the pool is full while virt-customize works", async () => {
    await node.enter(small(images, 32 * 1024));
    const run = build("cloud");
    await node.enter(`timeout 240 sh -c 'until grep -qs "Examining the guest" ${jobs}/jobs/*/log; do sleep 0.1; done'`);
    await node.enter(fill(images));
    const begun = performance.now();
    const { code, stderr } = await run;
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect([code, stderr]).toEqual([1, expect.stringContaining(`less than 4096 KiB free in ${images}\n`)]);
    await retry();
  });

  it("start: the guest starts once there is room for its UEFI variables", async () => {
    const place = "/var/lib/libvirt/qemu/nvram";
    await node.enter(`${small(place, 64)}; ${fill(place)}`);
    const { code, stdout, stderr } = await build("firm");
    expect([code, stdout]).toEqual([1, expect.stringMatching(/^web1 +ham0 +built/m)]);
    const why = /could not be started: .*No space left on device\n {2}try: mclu start ham0\/web1\n/;
    expect(stderr).toMatch(why);
    await node.enter(makeRoom);
    expect(await user.mclu(["start", "web1"])).toMatchObject({ code: 0 });
  });

  it("start: the guest runs where there is no room for the log of its qemu", async () => {
    const place = "/var/log/libvirt/qemu";
    await node.enter(`${small(place, 64)}; ${fill(place)}`);
    expect(await build()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^web1 +ham0 +built/m) });
    expect(await node.enter("virsh -q domstate web1")).toContain("running");
    await node.enter(makeRoom);
  });
});
