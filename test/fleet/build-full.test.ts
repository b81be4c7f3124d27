import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { builder } from "./builder.ts";
import { type Fleet, type FleetNode, startFleet } from "./fleet.ts";
import type { FleetUser } from "./fleet-user.ts";
import { clear, definitions, expectRetry, fill, images, jobs, makeRoom, small } from "./full-disk.ts";
import { holdAt, letGo, type Point, reached, wrapForHolding } from "./held-build.ts";
import { unwrapPrograms } from "./wrap.ts";

const head = "[template]\nimage = tiny\nmemory = 128M\n";

describe("a build or a clone on a full disk", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let node: FleetNode;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.184.1", nodes: 1 });
    node = fleet.node("ham0");
    user = await builder(fleet, { plain: head, large: `${head}[customize]\nupload large:/large\n` });
  });
  afterAll(() => fleet?.down());

  const build = (template = "plain", ...more: string[]) =>
    user.mclu(["build", template, "web1", "--wait-timeout", "1", ...more], { limit: 240_000 });

  /** As `expectRetry`. */
  const retry = (again = () => build("plain", "--no-start")) => expectRetry({ node, user }, again);
  beforeEach(() => node.enter(clear));

  describe("with virt-builder itself", () => {
    beforeEach(() => unwrapPrograms(node));

    it("says how little is free where virt-builder itself does not say why it ended", async () => {
      await node.enter(small(images, 6 * 1024));
      const { code, stderr } = await build();
      const why = /failed at the stage build, with exit code 1: only \d+ KiB are free in \/var\/lib\/libvirt\/images\n/;
      expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
      await retry();
    });

    it.each([
      ["of the disk", images, 16 * 1024],
      ["of the job", jobs, 8 * 1024],
    ])("notices within 30 s that virt-builder falls silent, since the place %s is full", async (_what, path, size) => {
      await node.enter(small(path, size));
      const run = build();
      await node.enter(
        `timeout 120 sh -c 'until grep -qs "Opening the new disk" ${jobs}/jobs/*/log; do sleep 0.1; done'`,
      );
      await node.enter(fill(path));
      const begun = performance.now();
      const { code, stderr } = await run;
      expect(performance.now() - begun).toBeLessThan(30_000);
      const why = new RegExp(
        `less than 4096 KiB free in ${path}\\S*\n  try: mclu exec ham0 -- df -h, then type it again`,
      );
      expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
      await retry();
    });
  });

  describe("with a virt-builder that makes an empty disk", () => {
    beforeEach(() => wrapForHolding(node));
    afterEach(() => letGo(node));

    it("cannot even reserve its name", async () => {
      await node.enter(`${small(jobs, 64)}; ${fill(jobs)}`);
      const { code, stderr } = await build();
      const why =
        "the name web1 could not be reserved on ham0: nothing can be written there\n  try: mclu exec ham0 -- df -h";
      expect([code, stderr]).toEqual([1, expect.stringContaining(why)]);
      await retry();
    });

    it.each([
      ["its files", "large", 4 * 1024],
      ["its first lines", "plain", 32],
    ])("ends while %s are sent", async (_what, template, size) => {
      await node.enter(small(jobs, size));
      const { code, stderr } = await build(template);
      const why = /the job could not be started on ham0: .*(No space left|no room).*\n {2}try: mclu exec ham0 -- df -h/;
      expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
      await retry();
    });

    it.each<[Point]>([["build"], ["publish"]])(
      "ends at the stage %s, where the job cannot write any more",
      async (point) => {
        await node.enter(small(jobs, 8 * 1024));
        await holdAt(node, point);
        const run = build();
        await reached(node, point);
        await node.enter(fill(jobs));
        const { code, stderr } = await run;
        expect([code, stderr]).toEqual([
          1,
          expect.stringMatching(/less than 4096 KiB free in \/var\/lib\/mclu\/jobs\/\S+\n/),
        ]);
        await retry();
      },
    );

    it("ends where libvirt cannot write the definition", async () => {
      await node.enter(`${small(definitions, 64)}; ${fill(definitions)}`);
      const { code, stderr } = await build();
      const why = /failed at the stage define, with exit code 1: .*No space left on device\n/;
      expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
      await retry();
    });

    it("keeps a guest that is whole, and could not be started", async () => {
      const state = "/var/lib/libvirt/qemu";
      await node.enter(`${small(state, 64)}; ${fill(state)}`);
      const { code, stdout, stderr } = await build();
      expect([code, stdout]).toEqual([1, expect.stringMatching(/^web1 +ham0 +built/m)]);
      const why =
        /the guest is there, but it was made and defined, and could not be started: \S.*\n {2}try: mclu start ham0\/web1\n/;
      expect(stderr).toMatch(why);
      await node.enter(makeRoom);
      expect(await user.mclu(["start", "web1"])).toMatchObject({ code: 0 });
    });
  });

  describe("with a guest to clone", () => {
    const clone = () => user.mclu(["clone", "source", "web1", "--as-is", "--no-start"], { limit: 120_000 });
    beforeEach(async () => {
      await wrapForHolding(node);
      await node.enter(`qemu-img create -q -f qcow2 /root/source.qcow2 8M; cat >/root/source.xml <<'X'
<domain type='qemu'><name>source</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>
<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/root/source.qcow2'/><target dev='vda' bus='virtio'/></disk></devices></domain>
X
virsh -q dominfo source >/dev/null 2>&1 || virsh -q define /root/source.xml`);
    });
    afterEach(() => letGo(node));

    it.each([
      ["reserve its name", `${small(jobs, 64)}; ${fill(jobs)}`, /the name web1 could not be reserved on ham0/],
      ["send its job", small(jobs, 32), /the job could not be started on ham0: .*(No space left|no room)/],
      [
        "write its definition",
        `${small(definitions, 64)}; ${fill(definitions)}`,
        /failed at the stage define, with exit code 1: .*No space left on device\n/,
      ],
    ])("leaves nothing where there is no room to %s", async (_what, breaks, why) => {
      await node.enter(breaks);
      const { code, stderr } = await clone();
      expect([code, stderr]).toEqual([1, expect.stringMatching(why)]);
      await retry(clone);
    });

    it("leaves nothing where the disk has its name and the job cannot write any more", async () => {
      await node.enter(small(jobs, 8 * 1024));
      await holdAt(node, "publish");
      const run = clone();
      await reached(node, "publish");
      await node.enter(fill(jobs));
      const { code, stderr } = await run;
      expect([code, stderr]).toEqual([1, expect.stringMatching(/less than 4096 KiB free in \/var\/lib\/mclu\/jobs\//)]);
      await retry(clone);
    });
  });
});
