import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Fleet, type FleetGuest, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser } from "./fleet-user.ts";
import { diskOf, forgetGuests, images, resultOf, virsh, whereIs } from "./moving.ts";
import { unwrapPrograms, wrapPrograms } from "./wrap.ts";

/** Where the job of a move ends, killed with all that it started: before the migration, after one that forgot to forget, after it. */
type Half = "disks" | "both" | "gone";

/** A virsh that does as much of a migration as it is told, and then kills its job. */
const killer = (half: Half) => `case " $* " in *" migrate --persistent "*) ;; *) exec /usr/bin/virsh "$@" ;; esac
case ${half} in
gone) /usr/bin/virsh "$@" ;;
both) for word; do shift; [ "$word" = --undefinesource ] || set -- "$@" "$word"; done; /usr/bin/virsh "$@" ;;
esac
for process in $(grep -lzxF "MCLU_JOB=$MCLU_JOB" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\\n'); do
[ "$process" = $$ ] || kill -KILL "$process"
done`;

describe("a move whose job was killed is repaired by --cleanup", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let off: FleetGuest | undefined;
  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const mclu = (argv: readonly string[]) => user.mclu(argv, { limit: 240_000 });
  const sum = async (node: string) => (await on(node, `sha256sum <${diskOf("off1")}`)).slice(0, 64);
  /** Moves a guest of ham0 so far, and no further. */
  const halfMove = async (name: string, half: Half) => {
    await wrapPrograms(fleet.node("ham0"), { virsh: killer(half) });
    const run = await mclu(["migrate", `ham0/${name}`, "ham1", "-o", "json"]);
    await unwrapPrograms(fleet.node("ham0"));
    expect([run.code, run.stderr]).toEqual([1, expect.stringContaining(`mclu migrate --cleanup ham0/${name} ham1`)]);
  };
  const cleanUp = async (name: string) => {
    const run = await mclu(["migrate", "--cleanup", `ham0/${name}`, "ham1", "-o", "json"]);
    expect([run.code, run.stderr]).toMatchObject([0, expect.not.stringContaining("error:")]);
    return resultOf(run.stdout);
  };

  beforeAll(async () => {
    fleet = await startFleet({ net: "10.122.0", nodes: 2 });
    user = await fleetUser(fleet);
  }, 60_000);
  beforeEach(async () => {
    for (const node of ["ham0", "ham1"]) await on(node, forgetGuests);
    [off] = await fleet.define("ham0", ["off1"]);
  });
  afterEach(() => unwrapPrograms(fleet.node("ham0")));
  afterAll(() => fleet?.down());

  it.each<[string, Half, Record<string, string>]>([
    ["its disks are on the target, and nothing else", "disks", { ham0: "shut off" }],
    ["both nodes have it", "both", { ham0: "shut off", ham1: "shut off" }],
  ])("where %s: it stays with its disk", { timeout: 200_000 }, async (_what, half, halfway) => {
    const before = await sum("ham0");
    await halfMove("off1", half);
    expect([await whereIs(fleet, off?.uuid), await sum("ham1")]).toEqual([halfway, before]);
    // whatever is left of it only its repair knows
    const refused = "its move from ham0 to ham1 was cut off\n  try: mclu migrate --cleanup ham0/off1 ham1";
    for (const node of Object.keys(halfway))
      expect(await mclu(["delete", "-y", `${node}/off1`])).toMatchObject({
        ...{ code: 6, stderr: expect.stringContaining(refused) },
      });
    expect(await cleanUp("off1")).toMatchObject({ outcome: "stayed", node: "ham0", state: "shut off" });
    expect([await whereIs(fleet, off?.uuid), await sum("ham0")]).toEqual([{ ham0: "shut off" }, before]);
    expect(await on("ham1", `ls -A ${images}`)).toBe("");
    expect(await mclu(["delete", "-y", "off1"])).toMatchObject({ code: 0 });
    expect(await on("ham0", `ls -A ${images}`)).toBe("");
  });

  it("where it stands still on the target, and runs on the source: it stays, and runs on", {
    timeout: 200_000,
  }, async () => {
    const [web] = await fleet.define("ham0", ["web1"], { start: true });
    await halfMove("web1", "disks");
    const xml = await on("ham0", `${virsh} dumpxml web1 --inactive`);
    await on("ham1", `${virsh} define /dev/stdin <<'X'\n${xml}\nX\n${virsh} start web1 --paused`);
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham0: "running", ham1: "paused" });
    expect(await cleanUp("web1")).toMatchObject({ outcome: "stayed", node: "ham0", state: "running" });
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham0: "running" });
    expect(await on("ham1", `ls -A ${images}`)).toBe("");
  });

  it("where the source has it no more: it has moved, starts there, and its old disk waits for gc", {
    timeout: 200_000,
  }, async () => {
    const before = await sum("ham0");
    await halfMove("off1", "gone");
    expect(await whereIs(fleet, off?.uuid)).toEqual({ ham1: "shut off" });
    expect(await cleanUp("off1")).toMatchObject({ outcome: "moved", node: "ham1", state: "shut off" });
    expect([await whereIs(fleet, off?.uuid), await sum("ham1")]).toEqual([{ ham1: "shut off" }, before]);
    expect(await on("ham0", `ls -A ${images}`)).toMatch(/^\.off1\.qcow2\.migrated-\S+\n$/);
    expect(await mclu(["start", "off1"])).toMatchObject({ code: 0 });
    expect(await whereIs(fleet, off?.uuid)).toEqual({ ham1: "running" });
  });

  it("is never begun for a guest that runs with a CPU which the target lacks; off, the guest goes", {
    timeout: 100_000,
  }, async () => {
    const cpu = "<cpu mode='custom' match='exact' check='none'><model>qemu64</model></cpu>";
    await on(
      "ham0",
      `${virsh} define /dev/stdin <<'X'
<domain type='qemu'><name>vector</name><memory unit='MiB'>64</memory><os><type arch='x86_64' machine='pc'>hvm</type></os>${cpu}</domain>
X
${virsh} start vector`,
    );
    // a guest that runs on TCG has nothing that TCG lacks: libvirt there is asked for more than it has
    const more = "<feature policy='require' name='avx512f'/></cpu>";
    await wrapPrograms(fleet.node("ham1"), {
      virsh: `case " $* " in *" hypervisor-cpu-compare "*) sed "s#</cpu>#${more}#" | /usr/bin/virsh "$@" ;; *) exec /usr/bin/virsh "$@" ;; esac`,
    });
    const run = await mclu(["migrate", "vector", "ham1"]);
    await unwrapPrograms(fleet.node("ham1"));
    expect([run.code, run.stdout]).toEqual([6, ""]);
    expect(run.stderr).toMatch(
      /^error: ham1 cannot take ham0\/vector: its CPU is not enough for the running guest: \S/,
    );
    expect(run.stderr).toContain("  mclu stop ham0/vector, and move it while it is off\n");
    expect(await on("ham1", `${virsh} list --all --name`)).not.toContain("vector");
    await on("ham0", `${virsh} destroy vector`);
    expect(await mclu(["migrate", "vector", "ham1"])).toMatchObject({ code: 0 });
  });
});
