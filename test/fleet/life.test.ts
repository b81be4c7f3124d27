import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { openCluster } from "../../src/cluster/open.ts";
import { applyPlan } from "../../src/operations/apply-plan.ts";
import { planDelete } from "../../src/operations/delete/plan-delete.ts";
import { planStart } from "../../src/operations/start.ts";
import { parseDocument } from "../support/json-schema.ts";
import { builtProgram } from "../support/run-built.ts";
import { startTmux } from "../support/tmux.ts";
import { diskXml, guestXml } from "./delete-bench.ts";
import { type Fleet, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser } from "./fleet-user.ts";

const virsh = "virsh -q -c qemu:///system";

describe("the life of guests of real nodes", () => {
  let fleet: Fleet;
  let user: FleetUser;

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.128.0", nodes: 4, kinds: { ham1: "sudo", ham2: "dynamic" } });
    user = await fleetUser(fleet, { config: (text) => text.replace("[mclu]\n", "[mclu]\nchange-timeout = 8\n") });
  });
  afterAll(async () => await fleet?.down());
  afterEach(async () => await Promise.all(fleet.nodes.map(({ name }) => fleet.heal(name).catch(() => undefined))));

  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const stateOf = async (node: string, uuid: string) => (await on(node, `${virsh} domstate ${uuid}`)).trim();
  const without = async (node: string, ...names: string[]) => await fleet.define(node, names, { template: "none" });
  /** A cluster as the library has it: what happens between plan and apply is the test's. */
  const withCluster = async <T>(use: (cluster: Awaited<ReturnType<typeof openCluster>>) => Promise<T>): Promise<T> => {
    const env = { HOME: user.home, PATH: process.env.PATH, MCLU_SSH_CONFIG: join(user.home, "ssh_config") };
    const cluster = await openCluster({ file: join(user.home, "mclu.conf"), env });
    try {
      return await use(cluster);
    } finally {
      await cluster.close();
    }
  };

  it("starts guests of three nodes at once, waits for them, and has them switch themselves off", {
    timeout: 300_000,
  }, async () => {
    const guests = await Promise.all(["ham0", "ham1", "ham2"].map((node) => fleet.define(node, [`web-${node}`])));
    const started = await user.mclu(["start", "web-*"]);
    expect(started).toMatchObject({ code: 0, stderr: "3 started\n" });
    expect(await user.mclu(["start", "web-ham0"])).toMatchObject({
      code: 0,
      stdout: "ham0/web-ham0: already running\n",
    });
    const waited = await Promise.all(
      ["ham0", "ham1", "ham2"].map((node) =>
        user.mclu(["wait", `web-${node}`, "--for", "ip", "--timeout", "150"], { limit: 160_000 }),
      ),
    );
    for (const { code, stdout } of waited)
      expect([code, stdout]).toEqual([0, expect.stringMatching(/^192\.168\.122\.\d+\n$/)]);
    const stopped = await user.mclu(["stop", "--all", "--yes-all=3", "--timeout", "90"], { limit: 100_000 });
    expect([stopped.code, stopped.stderr]).toEqual([0, "3 stopped\n"]);
    for (const [index, [guest]] of guests.entries())
      expect(await stateOf(`ham${index}`, guest?.uuid ?? "")).toBe("shut off");
    const again = await user.mclu(["stop", "web-ham1"]);
    expect(again).toMatchObject({ code: 0, stdout: "ham1/web-ham1: already off\n" });
  });

  it("says what to type where a guest ignores ACPI, and powers it off with --force", async () => {
    await without("ham1", "deaf");
    await user.mclu(["start", "deaf"]);
    const deaf = await user.mclu(["stop", "--timeout", "2", "deaf"]);
    expect([deaf.code, deaf.stdout]).toEqual([7, "ham1/deaf: not stopped\n"]);
    expect(deaf.stderr).toContain("mclu destroy ham1/deaf");
    const forced = await user.mclu(["stop", "--timeout", "2", "--force", "deaf"]);
    expect([forced.code, forced.stdout]).toEqual([0, "ham1/deaf: powered off\n"]);
  });

  it("pauses, resumes, resets, reboots and powers off, by any name and never the guest with that id", async () => {
    const names = ["3", "a b", `it's "q"`, "-dash"];
    await without("ham1", "first", ...names);
    await user.mclu(["start", "ham1/first"]);
    for (const [verb, what] of [
      ["start", "started"],
      ["pause", "paused"],
      ["resume", "resumed"],
      ["reset", "reset"],
      ["reboot", "asked to reboot"],
      ["destroy", "powered off"],
    ] as const) {
      const run = await user.mclu([verb, "--", ...names]);
      expect([run.code, run.stdout.split("\n").sort()]).toEqual([
        0,
        ["", ...names.map((name) => `ham1/${name}: ${what}`)].sort(),
      ]);
    }
    expect((await on("ham1", `${virsh} domstate first`)).trim()).toBe("running");
    await user.mclu(["destroy", "first"]);
  });

  it("protects a guest from delete and destroy, whoever asks", async () => {
    const [guest] = await without("ham2", "safe");
    await user.mclu(["start", "safe"]);
    expect(await user.mclu(["protect", "safe"])).toMatchObject({ code: 0 });
    for (const argv of [
      ["destroy"],
      ["delete", "--force", "-y"],
      ["delete", "--force", "--yes-all=1"],
      ["stop", "--force", "--timeout", "1"],
    ]) {
      const run = await user.mclu([...argv, "safe"]);
      expect([run.code, run.stdout]).toEqual([6, "ham2/safe: refused\n"]);
      expect(run.stderr).toContain("mclu unprotect ham2/safe");
    }
    expect(await stateOf("ham2", guest?.uuid ?? "")).toBe("running");
    await user.mclu(["unprotect", "safe"]);
    expect(await user.mclu(["destroy", "safe"])).toMatchObject({ code: 0 });
  });

  it("renames a guest that is off, never to a name that some node has", async () => {
    await without("ham0", "old name");
    await without("ham2", "taken");
    expect(await user.mclu(["rename", "old name", "taken"])).toMatchObject({
      code: 6,
      stdout: "ham0/old name: refused\n",
    });
    const { stdout } = await user.mclu(["rename", "--dry-run", "old name", "new $(name)"]);
    expect(stdout).toMatch(/-\s+<name>old name<\/name>\n.*\+\s+<name>new \$\(name\)<\/name>\n/);
    expect(await user.mclu(["rename", "old name", "new $(name)"])).toMatchObject({ code: 0 });
    expect(await on("ham0", `${virsh} list --all --name`)).toContain("new $(name)\n");
  });

  it("changes guests whose XML mclu never wrote", async () => {
    const xml = `<domain type='qemu'><name>exotic</name><title>t</title><metadata><x:y xmlns:x='urn:x'><x:z>&lt;</x:z></x:y></metadata>
<memory unit='KiB'>32768</memory><os><type arch='x86_64' machine='q35'>hvm</type></os><on_reboot>destroy</on_reboot>
<devices><rng model='virtio'><backend model='random'>/dev/urandom</backend></rng><watchdog model='i6300esb'/></devices></domain>`;
    await on("ham0", `cat >/tmp/x.xml <<'X'\n${xml}\nX\n${virsh} define /tmp/x.xml`);
    for (const verb of ["start", "autostart", "protect", "unprotect", "pause", "resume", "destroy"])
      expect((await user.mclu([verb, "exotic"])).code, verb).toBe(0);
    expect(await on("ham0", `${virsh} dumpxml exotic`)).toContain("urn:x");
    expect(await user.mclu(["delete", "-y", "exotic"])).toMatchObject({ code: 0 });
  });

  it("leaves a guest alone that was renamed, or started, after the plan was made", async () => {
    const [one] = await without("ham0", "one");
    const [two] = await fleet.define("ham0", ["two"]);
    await withCluster(async (cluster) => {
      const start = await planStart(cluster, { guests: ["one"] });
      const remove = await planDelete(cluster, { guests: ["two"] });
      await on("ham0", `${virsh} domrename one other && ${virsh} start ${two?.uuid}`);
      const report = await applyPlan(cluster, start);
      expect(report.results).toMatchObject([
        { outcome: "refused", detail: expect.stringContaining("is named other now") },
      ]);
      const deleted = await applyPlan(cluster, remove);
      expect(deleted.results).toMatchObject([
        { outcome: "failed", detail: expect.stringContaining("it is not off any more") },
      ]);
    });
    expect(await stateOf("ham0", one?.uuid ?? "")).toBe("shut off");
    expect((await on("ham0", `ls /var/lib/libvirt/images/two.qcow2; ${virsh} list --name`)).split("\n")).toContain(
      "two",
    );
    await user.mclu(["destroy", "two"]);
  });

  it("says on a terminal which node a plan waits for, and plans without it", { retry: 0 }, async () => {
    await without("ham0", "planned");
    await fleet.fault("ham2", "libvirtd-frozen");
    const line = builtProgram(["start", "--dry-run", "planned"]).join(" ");
    const shell = startTmux(["sh", "-c", `${line}; echo; echo code $?; sleep 60`], { ...user.env });
    expect(await shell.until(/until ham2 answers/)).toMatch(/^until ham2 answers \.\.\. \ds$/);
    expect(await shell.until(/^code/m, 60)).toMatch(/^warning: ham2 failed: slow[\s\S]*ham0\/planned/);
    expect(shell.screen()).not.toContain("until");
    await fleet.heal("ham2");
  });

  it("calls a change neither done nor undone where libvirt or its node went silent, and the others are done", async () => {
    await without("ham0", "calm");
    await without("ham2", "hung");
    await withCluster(async (cluster) => {
      const plan = await planStart(cluster, { guests: ["calm", "hung"] });
      await fleet.fault("ham2", "libvirtd-frozen");
      const { results } = await applyPlan(cluster, plan);
      expect(results).toMatchObject([
        { name: "calm", outcome: "done" },
        { name: "hung", outcome: "unreachable", detail: expect.stringContaining("nothing was done") },
      ]);
    });
    await fleet.heal("ham2");
    await user.mclu(["destroy", "calm"]);
  });

  it("wakes a node that is off, and starts its guest", async () => {
    await without("ham3", "sleeper");
    await fleet.off("ham3");
    const { mac } = fleet.node("ham3");
    const listen = `import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("", 9)); s.settimeout(60); open("/run/fleet/listens", "w").close()
print(s.recv(200).hex())`;
    // what an earlier try left
    await on("ham0", "rm -f /run/fleet/listens");
    const packet = on("ham0", `python3 -c '${listen}'`);
    packet.catch(() => undefined);
    await on("ham0", "timeout 20 sh -c 'until [ -e /run/fleet/listens ]; do sleep 0.05; done'");
    const woken = packet.then(async (text) => {
      await fleet.on("ham3");
      return text.trim();
    });
    const [heard, run] = await Promise.all([woken, user.mclu(["start", "--wake", "ham3/sleeper", "--timeout", "60"])]);
    expect(heard).toBe("ff".repeat(6) + mac.replaceAll(":", "").repeat(16));
    expect([run.code, run.stdout]).toEqual([0, "ham3/sleeper: started\n"]);
    expect(run.stderr).toContain("ham3: waking it\n");
  });

  it("does not start a guest twice, when its other node is silent", async () => {
    const [first] = await without("ham3", "twice");
    await fleet.define("ham0", ["twice"], { template: "none", uuid: first?.uuid ?? "" });
    await user.mclu(["start", "ham3/twice"]);
    const runs = await user.mclu(["start", "ham0/twice"]);
    expect(runs).toMatchObject({ code: 6, stdout: "ham0/twice: refused\n" });
    expect(runs.stderr).toContain("it runs on ham3");
    await fleet.off("ham3");
    const silent = await user.mclu(["start", "ham0/twice"]);
    const why = "it ran on ham3 when that was last seen";
    expect([silent.code, silent.stderr]).toEqual([6, expect.stringContaining(why)]);
    expect(await user.mclu(["start", "--force", "ham0/twice"])).toMatchObject({ code: 0 });
    await user.mclu(["destroy", "ham0/twice"]);
    await fleet.on("ham3");
  });

  it("starts one of two guests with a disk that their nodes share: qemu keeps the other from it, and says so", async () => {
    const disk = "/run/fleet/shared/one.qcow2";
    await on("ham0", `qemu-img create -q -f qcow2 ${disk} 1M`);
    for (const node of ["ham0", "ham1"]) {
      const xml = guestXml(`one-${node}`, diskXml(disk, "vda"));
      const undefine = `{ ${virsh} destroy one-${node}; ${virsh} undefine one-${node}; } 2>/dev/null`;
      await on(node, `${undefine}\n${virsh} define /dev/stdin <<'X'\n${xml}\nX`);
    }
    expect(await user.mclu(["start", "one-ham0"])).toMatchObject({ code: 0 });
    const other = await user.mclu(["start", "one-ham1"]);
    expect([other.code, other.stderr]).toEqual([1, expect.stringContaining(`using the image [${disk}]?\n`)]);
    expect(await user.mclu(["destroy", "one-ham0"])).toMatchObject({ code: 0 });
  });

  it("is the same by the spellings of Maglica and of mclu v2", async () => {
    // what an earlier try left
    await on("ham1", `${virsh} destroy elder; ${virsh} undefine elder; rm -f /var/lib/libvirt/images/elder.qcow2`);
    const [guest] = await fleet.define("ham1", ["elder"]);
    const steps = [
      [["boot", "ham1:elder"], "ham1/elder: started\n"],
      [["vm", "destroy", "elder"], "ham1/elder: powered off\n"],
      [["vm", "start", "elder"], "ham1/elder: started\n"],
      [["vm", "list", "ham1", "--running", "-o", "name"], expect.stringMatching(/^ham1\/elder$/m)],
      [["vm", "info", "elder"], expect.stringContaining(guest?.uuid ?? "no uuid")],
      [["vm", "stop", "--force", "--timeout", "1", "ham1:elder"], expect.stringMatching(/^ham1\/elder: /)],
      [["vm", "remove", "-y", "ham1:elder"], "ham1/elder: deleted\n"],
    ] as const;
    for (const [argv, stdout] of steps)
      expect([argv, await user.mclu(argv)]).toMatchObject([argv, { code: 0, stdout }]);
    expect(await on("ham1", `${virsh} list --all --name; ls -A /var/lib/libvirt/images`)).not.toContain("elder");
  });

  it("keeps a journal of all of it", async () => {
    const { stdout } = await user.mclu(["history", "-o", "json", "deaf"]);
    const { entries } = parseDocument<{ entries: readonly { command: string; outcome: string }[] }>(stdout);
    expect(entries.map(({ command, outcome }) => [command, outcome])).toEqual([
      ["start", "done"],
      ["stop", "deadline"],
      ["stop", "done"],
    ]);
    await expectNothingLeft(fleet.nodes);
  });
});
