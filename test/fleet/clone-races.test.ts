import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { holdAt, letGo, reached, wrapForHolding } from "./held-build.ts";
import { wrapPrograms } from "./wrap.ts";

/** Guests, files of the pool, reservations and processes of jobs. */
const traces = `virsh -q list --all --name | sed '/^$/d' | sort; ls -A /var/lib/libvirt/images
ls -A /var/lib/mclu/names 2>/dev/null | grep -v '^\\.' || :`;

describe("clones that meet, or are cut off", () => {
  let fleet: Fleet;
  let user: FleetUser;
  const nodes = ["ham0", "ham1"];
  const clone = (image: string, name: string, ...more: string[]) =>
    user.mclu(["clone", image, name, "--as-is", "--no-start", ...more], { limit: 240_000 });
  const left = () => Promise.all(nodes.map((node) => fleet.node(node).enter(traces)));
  const isMarked = async () =>
    (await fleet.node("ham0").enter("virsh dumpxml my-original")).includes("urn:mclu:base:1");
  const remove = (name: string) => user.mclu(["delete", "-y", name]);

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.246.0", nodes: 2 });
    user = await fleetUser(fleet);
    for (const node of nodes) await fleet.define(node, ["my-original"]);
    await wrapForHolding(fleet.node("ham0"));
  }, 120_000);
  afterAll(() => fleet?.down());

  it.each([
    ["one node", ["ham0/twin", "ham0/twin"]],
    ["two nodes", ["ham0/twin", "ham1/twin"]],
  ])("of two of one name at once on %s exactly one wins, and nothing is left of the other", async (_what, names) => {
    const before = await left();
    const runs = await Promise.all(names.map((name) => clone("my-original", name)));
    expect(runs.map(({ code }) => code).sort(), runs.map(({ stderr }) => stderr).join("\n")).toEqual([0, 6]);
    const winner = names[runs.findIndex(({ code }) => code === 0)] ?? "";
    const after = await left();
    expect(after.join("").match(/^twin$/gm)).toHaveLength(1);
    expect(after.join("").match(/twin/g)).toHaveLength(2);
    expect(await remove(winner)).toMatchObject({ code: 0 });
    expect(await left()).toEqual(before);
  });

  it.each([
    ["while it is copied", 'start; copy "$@"', "vda could not be copied", 1],
    [
      "once it was copied",
      'copy "$@" && start',
      "the source is running by now: its disks change while they are copied",
      6,
    ],
  ])("fails where its source is started %s, and nothing is left of it", async (_when, script, why, code) => {
    const node = fleet.node("ham0");
    const before = await left();
    await wrapPrograms(node, {
      "qemu-img": `[ "$1" = convert ] || exec /usr/bin/qemu-img "$@"
start() { /usr/bin/virsh -q start my-original; }
copy() { /usr/bin/qemu-img "$@"; }
${script}`,
    });
    const run = await clone("ham0/my-original", "mixed");
    const state = await node.enter("virsh -q domstate my-original; virsh -q destroy my-original");
    await node.enter("rm /etc/fleet-wrap/qemu-img");
    expect([run.code, run.stderr, state]).toEqual([
      code,
      expect.stringContaining(why),
      expect.stringMatching(/^running/),
    ]);
    expect(await left()).toEqual(before);
  });

  it("a linked clone that is cancelled takes its mark from the source, and leaves that of another", {
    timeout: 240_000,
  }, async () => {
    const node = fleet.node("ham0");
    const before = await left();
    const cancelled = async () => {
      await holdAt(node, "publish");
      let marked = false;
      const there = reached(node, "publish").then(async () => {
        marked = await isMarked();
      });
      const argv = ["clone", "ham0/my-original", "gone", "--as-is", "--no-start", "--linked"];
      const ended = user.mclu(argv, { limit: 120_000, signal: { name: "SIGINT", when: there } });
      await there;
      await letGo(node);
      expect([(await ended).code, marked]).toEqual([130, true]);
    };
    await cancelled();
    expect([await isMarked(), await left()]).toEqual([false, before]);
    expect(await clone("ham0/my-original", "stays", "--linked")).toMatchObject({ code: 0 });
    await cancelled();
    expect(await isMarked()).toBe(true);
    const start = await user.mclu(["start", "ham0/my-original"]);
    expect([start.code, start.stderr]).toEqual([6, expect.stringContaining("ham0/stays")]);
    expect(await remove("ham0/stays")).toMatchObject({ code: 0 });
    await node.enter("virsh -q metadata my-original --uri urn:mclu:base:1 --remove --config");
  });

  it.each([
    ["its client is killed", 137, []],
    ["the connection to it is cut", 0, []],
    ["nobody waits for it", 0, ["--detach"]],
  ] as const)("comes to its end by itself where %s", { timeout: 240_000 }, async (what, code, flags) => {
    const node = fleet.node("ham0");
    await remove("ham0/alone");
    const before = await left();
    await holdAt(node, "publish");
    const there = reached(node, "publish");
    const run = user.mclu(["clone", "ham0/my-original", "alone", "--as-is", "--no-start", ...flags], {
      limit: 120_000,
      ...(code === 137 && { signal: { name: "SIGKILL", when: there } }),
    });
    await there;
    if (what.startsWith("the connection")) await node.enter("pkill -KILL -f '[s]shd: root@notty'");
    else await run;
    await letGo(node);
    const ended = await run;
    expect(ended.code, ended.stderr).toBe(code);
    await node.enter(`timeout 100 sh -c 'while pgrep -f [j]obs/.*/run >/dev/null; do sleep 0.2; done'`);
    const after = (await left()).join("");
    expect([after.match(/^alone$/gm), after.match(/^.*alone.+$/gm)]).toEqual([["alone"], ["alone.qcow2"]]);
    expect((await user.mclu(["gc", "--dry-run"])).stdout).not.toContain("alone");
    expect(await remove("ham0/alone")).toMatchObject({ code: 0 });
    expect(await left()).toEqual(before);
  });

  it.each(["publish", "define, asked for"] as const)(
    "a power cut at the stage %s leaves what gc names and removes, the mark too",
    { timeout: 240_000 },
    async (stage) => {
      const node = fleet.node("ham0");
      const before = await left();
      await holdAt(node, stage);
      const run = clone("ham0/my-original", "cut", "--linked");
      await reached(node, stage);
      await fleet.off("ham0");
      await fleet.on("ham0");
      await letGo(node);
      expect((await run).code).toBe(1);
      expect(await left()).not.toEqual(before);
      expect(await isMarked()).toBe(true);
      const plan = await user.mclu(["gc", "--dry-run", "-o", "json"]);
      const { items } = JSON.parse(plan.stdout) as { items: readonly { readonly path: string }[] };
      expect(items.map(({ path }) => path)).toContainEqual(expect.stringContaining("cut"));
      expect(await user.mclu(["gc", `--yes-all=${items.length}`])).toMatchObject({ code: 0 });
      expect([await left(), await isMarked()]).toEqual([before, false]);
      expect(await clone("ham0/my-original", "cut", "--linked")).toMatchObject({ code: 0 });
      expect(await remove("ham0/cut")).toMatchObject({ code: 0 });
      await node.enter("virsh -q metadata my-original --uri urn:mclu:base:1 --remove --config");
      expect(await left()).toEqual(before);
    },
  );
});
