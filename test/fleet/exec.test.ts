import { writeFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

describe("exec, virsh and trust on real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.94.0", nodes: 4, kinds: { ham1: "sudo", ham3: "jump" } });
    user = await fleetUser(fleet);
  });
  afterEach(async () => {
    for (const { name } of fleet.nodes) await fleet.heal(name);
    await expectNothingLeft(fleet.nodes);
  });
  afterAll(() => fleet?.down());

  it("runs as root on every kind of node and folds what is equal", async () => {
    const run = await user.mclu(["exec", "--all", "--", "id", "-u"]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout).toBe("---------------\nham0 ham1 ham2 ham3 (4)\n---------------\n0\n");
  });

  it.each(["/usr/bin/fish", "/bin/tcsh"] as const)("passes words through the login shell %s", async (shell) => {
    for (const node of ["ham0", "ham1"] as const) await fleet.fault(node, `shell:${shell}`);
    const word = 'it\'s "$HOME" `id` !! \\n\n*';
    const run = await user.mclu(["exec", "ham0", "ham1", "--", "printf", "%s|", word]);
    expect(run).toMatchObject({ code: 0, stderr: "" });
    expect(run.stdout.split("\n").slice(3).join("\n")).toBe(`${word}|\n`);
  });

  it.each(["SIGINT", "SIGTERM"] as const)("ends what runs on the nodes within 2 s of %s", async (name) => {
    const command = "echo begun; trap '' TERM INT HUP; sleep 600; sleep 600";
    const runs = "timeout 40 sh -c 'until pgrep -f \"[s]leep 600\" >/dev/null; do sleep 0.1; done'";
    const asked = ["ham0", "ham1", "ham3"];
    // by then what it said first has come
    const when = Promise.all(asked.map((node) => fleet.node(node).enter(runs))).then(() => sleep(1000));
    const signal = { name, when };
    const run = await user.mclu(["exec", ...asked, "--", command], { signal });
    expect(run.code).toBe(130);
    expect(run.stdout).toContain("begun\n");
    expect(run.stderr).toContain("ham3: interrupted, not finished\n");
    await sleep(2000);
    for (const node of fleet.nodes) expect(await node.enter("ps -eo args=")).not.toMatch(/sleep 600$/m);
  });

  it("says why sudo refuses", async () => {
    await fleet.fault("ham1", "sudo-password");
    const run = await user.mclu(["exec", "ham1", "--", "id"]);
    expect(run.code).toBe(255);
    expect(run.stderr).toMatch(/^ham1: failed: denied: sudo -n was refused: .*password/);
  });

  it("leaves the noise of a login out", async () => {
    await fleet.fault("ham0", "noise");
    expect(await user.mclu(["exec", "ham0", "--", "echo", "clean"])).toMatchObject({ stdout: "clean\n", stderr: "" });
  });

  it("runs virsh about a guest by its UUID", async () => {
    const [guest] = await fleet.define("ham1", ["a b"], { template: "none" });
    expect((await user.mclu(["virsh", "a b", "--", "dominfo"])).stdout).toContain(guest?.uuid);
    expect((await user.mclu(["virsh", "ham1", "--", "list", "--all", "--name"])).stdout.trim()).toBe("a b");
  });

  it("trusts a node behind a jump host by fingerprints, and then reaches it", async () => {
    const stranger = await fleetUser(fleet);
    await writeFile(stranger.knownHosts, "");
    const first = await stranger.mclu(["trust", "ham0", "-o", "json"]);
    expect(first.code).toBe(6);
    const [gate] = JSON.parse(first.stdout).nodes;
    const second = await stranger.mclu(["trust", "ham3", "-o", "json", "--fingerprint", gate.fingerprint]);
    const behind = JSON.parse(second.stdout).nodes.find(
      ({ fingerprint }: typeof gate) => fingerprint !== gate.fingerprint,
    );
    const both = ["--fingerprint", gate.fingerprint, behind.fingerprint];
    expect(await stranger.mclu(["trust", "ham3", ...both])).toMatchObject({ code: 0 });
    expect(await stranger.mclu(["exec", "ham3", "--", "hostname"])).toMatchObject({ code: 0, stdout: "ham3\n" });
    await fleet.fault("ham0", "hostkey");
    const changed = await stranger.mclu(["trust", "ham0"]);
    expect(changed.code).toBe(6);
    expect(changed.stderr).toContain("ssh-keygen -R ");
  });
});
