import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, type FleetGuest, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser, type RunOptions } from "./fleet-user.ts";
import { images, keptBy, resultOf, underWay, virsh, whereIs } from "./moving.ts";

describe("a move that fails", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let web: FleetGuest | undefined;
  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const mclu = (argv: readonly string[], options: RunOptions = {}) => user.mclu(argv, { limit: 240_000, ...options });
  const slow = (node: string) => on(node, `${virsh} migrate-setspeed web1 1`);

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.173.0", nodes: 3 });
    user = await fleetUser(fleet);
    [web] = await fleet.define("ham0", ["web1"], { start: true });
  }, 60_000);
  afterAll(() => fleet?.down());

  it("names all that stands against it, before anything is made", async () => {
    await fleet.define("ham1", ["web1"]);
    await fleet.fault("ham1", "disk-full");
    await on(
      "ham1",
      `dd if=/dev/zero of=${images}/fill bs=1M count=10 status=none; ${virsh} pool-refresh default; ${virsh} net-destroy default`,
    );
    await on("ham0", "mkdir /root/away; mv /root/.ssh/id_* /root/away");
    try {
      // the system's ssh is not asked to listen for us: then the nodes have to log in to each other
      const other = await fleetUser(fleet, { config: (text) => text.replace("[mclu]", "[mclu]\ntransport = openssh") });
      const run = await other.mclu(["migrate", "ham0/web1", "ham1"], { limit: 240_000 });
      expect([run.code, run.stdout]).toEqual([6, ""]);
      expect(run.stderr).toContain("there is a guest ham1/web1 already, of the same name");
      expect(run.stderr).toContain("it has no active network default");
      expect(run.stderr).toMatch(/pool default: 1\dM wanted, \dM free/);
      expect(run.stderr).toMatch(/ham0 cannot use its libvirt at qemu\+ssh:\/\/\S+: .*denied/i);
      expect(run.stderr).toContain("  mclu info ham1/web1\n");
      expect(run.stderr).toContain(
        "  mclu virsh ham1 -- net-start default; where it has none, net-define it as ham0 has it\n",
      );
      expect(run.stderr).toContain("  mclu gc ham1, or mclu status --wide\n");
      expect(run.stderr).toMatch(/^ {2}on ham0, as the user that mclu works as there: ssh-copy-id /m);
      expect(await on("ham1", `ls -A ${images}`)).toBe("fill\n");
    } finally {
      await on("ham0", "mv /root/away/* /root/.ssh; rmdir /root/away");
      await fleet.heal("ham1");
      await on("ham1", `${virsh} net-start default; ${virsh} undefine web1; rm -f ${images}/*`);
    }
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham0: "running" });
  });

  it("refuses a node without the card that one of the guest's lies directly on", async () => {
    await on(
      "ham0",
      `${virsh} define /dev/stdin <<X
<domain type='qemu'><name>lies</name><memory unit='MiB'>32</memory><os><type arch='x86_64'>hvm</type></os><devices>
<interface type='direct'><source dev='eth7' mode='bridge'/></interface></devices></domain>
X`,
    );
    const run = await mclu(["migrate", "ham0/lies", "ham1"]);
    expect([run.code, run.stdout, run.stderr.split(";")[0]]).toEqual([
      ...[6, "", expect.stringContaining("it has no network card eth7, which a card of the guest lies directly on")],
    ]);
    await on("ham1", "ip link add eth7 type bridge");
    expect(await mclu(["migrate", "ham0/lies", "ham1"])).toMatchObject({ code: 0 });
    await on("ham1", `${virsh} undefine lies; ip link delete eth7`);
  });

  it("refuses a guest whose disks linked clones are based on", async () => {
    await fleet.define("ham2", ["base1"]);
    expect(await mclu(["clone", "base1", "twin1", "--linked", "--as-is", "--no-start"])).toMatchObject({ code: 0 });
    const run = await mclu(["migrate", "ham2/base1", "ham1"]);
    expect([run.code, run.stderr.match(/others are based on .*/)?.[0]]).toEqual([
      6,
      "others are based on the disks of ham2/base1: ham2/twin1",
    ]);
  });

  it("stays where it was after Ctrl-C, and nothing is left on the target", { timeout: 300_000 }, async () => {
    await slow("ham0");
    const run = await mclu(["migrate", "ham0/web1", "ham1", "-o", "json"], {
      signal: { name: "SIGINT", when: underWay(fleet, "ham0", "web1") },
    });
    expect(run.code).toBe(130);
    expect(resultOf(run.stdout)).toMatchObject({ outcome: "stayed", node: "ham0", state: "running", hint: null });
    expect(await on("ham0", `${virsh} domjobinfo web1`)).toMatch(/^Job type: +None/);
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham0: "running" });
    expect(await on("ham1", `ls -A ${images}`)).toBe("");
  });

  it("refuses a second administrator, and comes to its end when its own client is killed", {
    timeout: 300_000,
  }, async () => {
    await slow("ham0");
    const begun = underWay(fleet, "ham0", "web1");
    const deletion = begun.then(() => mclu(["delete", "-y", "--force", "ham0/web1"]));
    deletion.catch(() => undefined);
    const second = deletion.then(() => mclu(["migrate", "ham0/web1", "ham2"]));
    second.catch(() => undefined);
    const first = await mclu(["migrate", "ham0/web1", "ham1"], { signal: { name: "SIGKILL", when: second } });
    expect(first.code).toBe(137);
    await on("ham0", `${virsh} migrate-setspeed web1 1000`);
    expect(await deletion).toMatchObject({ code: 6, stderr: expect.stringContaining("a job has its name on ham0: ") });
    const refused = await second;
    expect([refused.code, refused.stdout]).toEqual([6, ""]);
    expect(refused.stderr).toContain("somebody else is at ham0/web1");
    await on("ham0", `timeout 200 sh -c 'while pgrep -f [j]obs/.*/run >/dev/null; do sleep 0.5; done'`);
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham1: "running" });
    expect((await keptBy(fleet, "ham0")).length).toBeGreaterThan(0);
    expect(await on("ham2", `ls -A ${images}`)).not.toContain("web1");
  });

  it("goes on at the source when the target is switched off half-way; --cleanup removes what that left", {
    timeout: 300_000,
  }, async () => {
    const [source = ""] = Object.keys(await whereIs(fleet, web?.uuid));
    const place = `${source}/web1`;
    await slow(source);
    const off = underWay(fleet, source, "web1").then(() => fleet.off("ham2"));
    off.catch(() => undefined);
    const run = await mclu(["migrate", place, "ham2", "-o", "json"]);
    await off;
    expect(run.code).toBe(1);
    expect(resultOf(run.stdout)).toMatchObject({
      ...{ outcome: "stayed", node: source, state: "running" },
      hint: `once ham2 answers: mclu migrate --cleanup ${place} ham2`,
    });
    expect(await on(source, `${virsh} domjobinfo web1; ${virsh} blockjob web1 vda`)).toMatch(/^Job type: +None/);
    expect(await mclu(["migrate", "--cleanup", place, "ham2"])).toMatchObject({ code: 5 });
    await fleet.on("ham2");
    expect(await on("ham2", `ls -A ${images}`)).toContain("web1.qcow2");
    const cleaned = await mclu(["migrate", "--cleanup", place, "-o", "json"]);
    expect([cleaned.code, resultOf(cleaned.stdout)]).toMatchObject([0, { outcome: "stayed", state: "running" }]);
    expect(await on("ham2", `ls -A ${images}`)).not.toContain("web1");
    expect(await whereIs(fleet, web?.uuid)).toEqual({ [source]: "running" });
  });

  it("gives up where the target's cable is out, and nobody ends the connection to it", {
    timeout: 400_000,
  }, async () => {
    const [source = ""] = Object.keys(await whereIs(fleet, web?.uuid));
    const place = `${source}/web1`;
    await slow(source);
    // without the cable no packet tells anybody that the node is off
    const cut = underWay(fleet, source, "web1").then(async () => {
      await fleet.fault("ham2", "unplugged");
      await fleet.off("ham2");
    });
    cut.catch(() => undefined);
    const run = await mclu(["migrate", place, "ham2", "-o", "json"], { limit: 300_000 });
    await cut;
    await fleet.on("ham2");
    expect([run.code, resultOf(run.stdout)]).toMatchObject([
      1,
      {
        ...{ outcome: "stayed", node: source, state: "running" },
        hint: `once ham2 answers: mclu migrate --cleanup ${place} ham2`,
      },
    ]);
    expect(run.stderr).toContain("the target no longer answers: giving up");
    expect(await on(source, `${virsh} domjobinfo web1; ${virsh} blockjob web1 vda`)).toMatch(/^Job type: +None/);
    expect(await mclu(["migrate", "--cleanup", place, "ham2"])).toMatchObject({ code: 0 });
    expect(await on("ham2", `ls -A ${images}`)).not.toContain("web1");
    expect(await whereIs(fleet, web?.uuid)).toEqual({ [source]: "running" });
  });

  it("stays where it was when the client is killed that it goes through; no socket is left", {
    timeout: 300_000,
  }, async () => {
    const [source = ""] = Object.keys(await whereIs(fleet, web?.uuid));
    const place = `${source}/web1`;
    await on(source, "mkdir /root/away; mv /root/.ssh/id_* /root/away");
    await slow(source);
    const run = await mclu(["migrate", place, "ham2"], {
      signal: { name: "SIGKILL", when: underWay(fleet, source, "web1") },
    });
    expect(run.code).toBe(137);
    await on(source, `timeout 200 sh -c 'while pgrep -f [j]obs/.*/run >/dev/null; do sleep 0.5; done'`);
    expect(await whereIs(fleet, web?.uuid)).toEqual({ [source]: "running" });
    expect(await on(source, "ls -A /tmp")).not.toContain(".mclu-");
    expect(await mclu(["migrate", "--cleanup", place])).toMatchObject({
      code: 6,
      stderr: expect.stringContaining("you must say that the move was there"),
    });
    expect(await mclu(["migrate", "--cleanup", place, source])).toMatchObject({ code: 6 });
    const cleaned = await mclu(["migrate", "--cleanup", place, "ham2", "-o", "json"]);
    await on(source, "mv /root/away/* /root/.ssh; rmdir /root/away");
    expect([cleaned.code, resultOf(cleaned.stdout)]).toMatchObject([0, { outcome: "stayed", state: "running" }]);
    expect(await on("ham2", `ls -A ${images}`)).not.toContain("web1");
    expect(await on(source, "ls -A /tmp")).not.toContain(".mclu-");
  });
});
