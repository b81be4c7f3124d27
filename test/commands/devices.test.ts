import { describe, expect, it } from "vitest";
import { card, clusterOf } from "../support/guests.ts";
import { runMclu } from "../support/run-mclu.ts";

const devices = `<disk type='file'><source file='/i/a'/><target dev='vda' bus='virtio'/></disk>${card("52:54:00:00:00:01")}`;
const config = () =>
  clusterOf({
    ham0: [
      { name: "web1", devices },
      { name: "web2", state: "shut off" as const, devices: card("52:54:00:00:00:02") },
    ],
  });
const run = (...argv: string[]) => runMclu(argv, { config: config() });

describe("bad input", () => {
  it.each([
    [["disk", "add", "web1"], "a size or --source is missing"],
    [["disk", "add", "web1", "1G", "--source", "/x"], "exclude each other"],
    [["disk", "add", "web1", "100K"], "expected 1M or more"],
    [["disk", "add", "web1", "--source", "x"], "an absolute path on the guest's node, or POOL/VOLUME"],
    [["disk", "add", "web1", "1G", "--bus", "scuzzy"], "Allowed choices are virtio"],
    [["disk", "grow", "web1", "vda", "10"], "the unit is missing"],
    [["disk", "grow", "web1", "vda", "+0"], "cannot grow to or by 0"],
    [["nic", "add", "web1", "a/b"], "a name mclu takes"],
    [["nic", "add", "web1", "--mac", "53:54:00:00:00:01"], "the second digit even"],
    [["nic", "set", "web1", "link=sideways"], "expected up, down"],
    [["nic", "set", "web1", "speed=9"], "sets nothing of a network card"],
    [["nic", "set", "web1", "52:54:00:00:00:01"], "nothing is to be set"],
    [["iso", "attach", "web1", "x.iso"], "an absolute path"],
    [["snapshot", "create", "web1", "a/b"], "not a name for a snapshot"],
    [["snapshot", "create", "web1", ".a"], "begins with a dot"],
    [["edit", "web1"], "there is no terminal to edit on"],
    [["vm", "set-vcpus", "--vcpus=2"], "no guest is named"],
  ])("of %j is one clear error, exit 2", async (argv, message) => {
    const { code, stdout, stderr } = await run(...argv);
    expect([code, stdout, stderr]).toEqual([2, "", expect.stringContaining(message)]);
  });
});

describe("what a guest does not have", () => {
  it.each([
    [["disk", "grow", "web1", "vdz", "1G"], "it has no disk vdz: it has vda"],
    [["disk", "remove", "web2", "vda"], "it has no disk vda: it has none"],
    [["disk", "remove", "web1", "vda"], "it runs from vda"],
    [["nic", "remove", "web1", "52:54:00:00:00:09"], "it has no card 52:54:00:00:00:09: it has 52:54:00:00:00:01"],
    [["nic", "add", "web1", "nope"], "ham0 has no active network nope"],
    [["nic", "add", "web2", "--mac", "52:54:00:00:00:01"], "ham0/web1 has a card 52:54:00:00:00:01"],
    [["disk", "add", "web1", "1G", "--pool", "nope"], "ham0 has no storage pool nope"],
    [["iso", "attach", "web1", "/no/such.iso"], "there is no /no/such.iso on ham0"],
    [["snapshot", "create", "web1"], "needs qcow2 disks, and vda is"],
    [["snapshot", "create", "web2"], "it has no disk that a snapshot could be kept in"],
    [["snapshot", "revert", "-y", "ham0/web1", "x"], "it has no snapshot x: it has none"],
  ])("refuses %j, exit 6", async (argv, message) => {
    const { code, stderr } = await run(...argv);
    expect([code, stderr]).toEqual([6, expect.stringContaining(message)]);
  });
});

describe("lists", () => {
  it("say on stderr that there is nothing, and in which words to make it", async () => {
    const config = clusterOf({ ham0: [{ name: "web1" }] });
    for (const [kind, none] of [
      ["snapshot", "no snapshots: mclu snapshot create GUEST makes one\n"],
      ["disk", "no disks: mclu disk add GUEST SIZE adds one\n"],
      ["nic", "no network cards: mclu nic add GUEST adds one\n"],
    ] as const) {
      expect(await runMclu([kind, "list", "web1"], { config })).toMatchObject({ code: 0, stderr: none });
      expect(await runMclu([kind, "list", "web1", "-o", "name"], { config })).toMatchObject({ stdout: "", stderr: "" });
    }
  });

  it("name each device with its guest", async () => {
    expect((await run("nic", "list", "web*", "-o", "name")).stdout).toBe(
      "ham0/web1 52:54:00:00:00:01\nham0/web2 52:54:00:00:00:02\n",
    );
    expect((await run("disk", "list", "web1")).stdout).toMatch(/^GUEST .*\nham0\/web1 +vda +disk +virtio /);
    expect(await run("snapshot", "list", "web1", "--no-header")).toMatchObject({ code: 0, stdout: "" });
  });
});
