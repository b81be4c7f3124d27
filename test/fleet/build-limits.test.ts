import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { builder } from "./builder.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import { type FleetUser, slack } from "./fleet-user.ts";
import { holdAt, letGo, type Point, reached, wrapForHolding } from "./held-build.ts";
import { unwrapPrograms } from "./wrap.ts";

const head = "[template]\nimage = tiny\nmemory = 128M\n";
const jobs = "/var/lib/mclu";

/** What a build that came to nothing may leave: none of it. */
const traces = `virsh -q list --all --name | sed '/^$/d'
ls -A /var/lib/libvirt/images
ls -A ${jobs}/names 2>/dev/null | grep -v '^\\.' || :`;

/** A file system of its own over a directory, with what was in it. */
const ownFileSystem = (directory: string, size: string) =>
  `cp -a ${directory} /tmp/kept; mount -t tmpfs -o size=${size} tmpfs ${directory}; cp -a /tmp/kept/. ${directory}; rm -r /tmp/kept`;

describe("a build with too little room", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let node: FleetNode;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.147.0", nodes: 1 });
    node = fleet.node("ham0");
    user = await builder(fleet, {
      plain: head,
      large: `${head}[customize]\nupload large:/large\n`,
      filling: `${head}[customize]\nrun-command head -c 100000000 /dev/urandom >/filler\n`,
    });
  });
  afterAll(() => fleet?.down());

  const build = (...argv: string[]) => user.mclu(["build", ...argv, "--wait-timeout", "1"], { limit: 240_000 });
  const left = async () => (await node.enter(traces)).trim();

  it("is refused where another one has the memory that it wants", async () => {
    await wrapForHolding(node);
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
    await node.enter("virsh -q undefine --remove-all-storage $(virsh -q list --all --name)");
  });

  it.each([
    [
      "where jobs are, while it is sent",
      "upload",
      ownFileSystem(jobs, "4M"),
      /the job could not be started on ham0: .*(No space left|no room)/,
    ],
    ["where jobs are, before it is published", "build", ownFileSystem(jobs, "16M"), /less than 4096 KiB free/],
    ["where definitions are", "publish", ownFileSystem("/etc/libvirt/qemu", "1M"), /it failed at the stage define/],
  ] as [string, Point, string, RegExp][])(
    "leaves nothing when the disk is full %s",
    async (_where, point, mount, says) => {
      const [, place = ""] = /tmpfs (\S+);/.exec(mount) ?? [];
      await wrapForHolding(node);
      await node.enter(mount);
      await holdAt(node, point);
      const run = build("large", "web1");
      if (point !== "upload") {
        await reached(node, point);
        await node.enter(`head -c 50000000 /dev/zero >${place}/fill 2>/dev/null || :`);
      }
      // what stands still where the job itself is held up is ended by the job
      if (point !== "build") await letGo(node);
      const { code, stderr } = await run;
      expect([code, stderr]).toEqual([1, expect.stringMatching(says)]);
      await node.enter(`rm -f ${place}/fill`);
      expect(await left()).toBe("");
      await node.enter(`umount -l ${place}`);
    },
  );

  it("is ended within 30 s when the disk is full while virt-builder customizes", { timeout: 300_000 }, async () => {
    await unwrapPrograms(node);
    await fleet.fault("ham0", "disk-full");
    const run = build("filling", "web1");
    const full = node.enter(
      `timeout 200 sh -c 'until [ "$(stat -f -c "%a*%S/1024" /var/lib/libvirt/images | { IFS= read -r x; echo $((x)); })" -lt 4096 ]; do sleep 0.2; done'`,
    );
    const filled = full.then(() => performance.now());
    const { code, stderr } = await run;
    expect(performance.now() - (await filled)).toBeLessThan(30_000 * slack);
    expect([code, stderr]).toEqual([1, expect.stringContaining("less than 4096 KiB free in /var/lib/libvirt/images")]);
    expect(await left()).toBe("");
    await fleet.heal("ham0");
  });
});
