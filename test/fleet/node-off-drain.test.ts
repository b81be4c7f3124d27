import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseDocument } from "../support/json-schema.ts";
import { type Fleet, type FleetGuest, startFleet } from "./fleet.ts";
import { type FleetUser, fleetUser, type RunOptions } from "./fleet-user.ts";
import { images, underWay, virsh, whereIs } from "./moving.ts";

describe("switching nodes off whose guests are moved away first", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let web: FleetGuest | undefined;
  const on = (node: string, script: string) => fleet.node(node).enter(script);
  const mclu = (argv: readonly string[], options: RunOptions = {}) => user.mclu(argv, { limit: 240_000, ...options });
  const isOn = async (name: string) => (await fleet.node(name).run("true")).code === 0;

  beforeAll(async () => {
    // ham0 is the jump host of ham2
    fleet = await startFleet({ net: "10.212.0", nodes: 3, kinds: { ham1: "sudo", ham2: "jump" } });
    user = await fleetUser(fleet);
    [web] = await fleet.define("ham0", ["web1"], { start: true });
  }, 60_000);
  afterAll(() => fleet?.down());

  it("does nothing where one guest can go nowhere, and says which and why", async () => {
    // without its definition a guest that runs is transient
    const [bound] = await fleet.define("ham2", ["bound"], { template: "none", start: true });
    await on("ham2", `${virsh} undefine ${bound?.uuid}`);
    const run = await mclu(["off", "--drain", "--yes-all=2", "ham0", "ham2"]);
    expect([run.code, run.stdout]).toEqual([6, "ham0: not switched off\nham2: not switched off\n"]);
    expect(run.stderr).toContain(
      "error: ham0: ham2/bound can go nowhere, and none of these nodes is switched off then\n",
    );
    expect(run.stderr).toContain("error: ham2: ham2/bound can go nowhere: ham2/bound is transient");
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham0: "running" });
    expect(await on("ham1", `ls -A ${images}`)).toBe("");
    await on("ham2", `${virsh} destroy ${bound?.uuid}`);
  });

  it("is not needed to empty one: drain moves what can go, names what cannot, and undrain brings all of them home", {
    timeout: 400_000,
  }, async () => {
    const clear = () =>
      Promise.all(
        fleet.nodes.map(({ name }) =>
          on(
            name,
            `for guest in free1 free2 free3 bound idle; do ${virsh} destroy $guest; ${virsh} undefine $guest; done 2>/dev/null || :`,
          ),
        ),
      );
    // what an earlier try left
    await mclu(["undrain", "ham0"]);
    await clear();
    const free = await fleet.define("ham0", ["free1", "free2", "free3"], { template: "none", start: true });
    const [bound, idle] = await fleet.define("ham0", ["bound", "idle"], { template: "none" });
    await on("ham0", `${virsh} start bound; ${virsh} undefine bound`);
    const movable = [web, ...free];
    const run = await mclu(["drain", "ham0", "-o", "json"]);
    expect([run.code, run.stderr.match(/^error: .*/gm)]).toEqual([
      6,
      [expect.stringMatching(/^error: ham0\/bound: ham0\/bound is transient/)],
    ]);
    const { results } = parseDocument<{ results: { name: string; outcome: string; node: string }[] }>(run.stdout);
    expect(results.map(({ name, outcome }) => `${name} ${outcome}`).sort()).toEqual([
      "bound stayed",
      ...free.map(({ name }) => `${name} moved`),
      "web1 moved",
    ]);
    for (const guest of movable) {
      const { node = "" } = results.find(({ name }) => name === guest?.name) ?? {};
      expect(node).toMatch(/^ham[12]$/);
      expect(await whereIs(fleet, guest?.uuid)).toEqual({ [node]: "running" });
    }
    expect(await whereIs(fleet, bound?.uuid)).toEqual({ ham0: "running" });
    expect(await whereIs(fleet, idle?.uuid)).toEqual({ ham0: "shut off" });
    const back = await mclu(["undrain", "ham0"]);
    expect([back.code, back.stderr.match(/^error: .*/gm)]).toEqual([0, null]);
    for (const guest of [...movable, bound]) expect(await whereIs(fleet, guest?.uuid)).toEqual({ ham0: "running" });
    expect(await on("ham0", `${virsh} list --name | xargs -n 1 ${virsh} dumpxml`)).not.toContain("urn:mclu:home");
    await clear();
    for (const { name } of fleet.nodes) await mclu(["gc", name, "-y", "--yes-all=2"]);
  });

  it("shows the moves and what runs, and changes nothing", async () => {
    const run = await mclu(["off", "--drain", "--dry-run", "--show-commands", "ham0", "ham2"]);
    expect([run.code, run.stdout]).toEqual([
      0,
      "plan: switch off 2 nodes\n  ham0  move web1 to ham1; switch off, after ham2\n  ham2  switch off\n",
    ]);
    expect(run.stderr).toMatch(new RegExp(`^ham0: virsh .* migrate .* --live .* ${web?.uuid} `, "m"));
    expect(run.stderr).toMatch(/^ham2: systemctl poweroff /m);
    const plan = await mclu(["off", "--drain", "--dry-run", "-o", "json", "ham0"]);
    expect(parseDocument(plan.stdout)).toMatchObject({
      targets: [{ node: "ham0", moves: [{ node: expect.any(String), how: "live" }], after: [] }],
    });
    expect(await whereIs(fleet, web?.uuid)).toEqual({ ham0: "running" });
  });

  it("leaves guest and node as they were after Ctrl-C", { timeout: 300_000 }, async () => {
    await on("ham0", `${virsh} migrate-setspeed web1 1`);
    const run = await mclu(["off", "--drain", "-y", "ham0", "-o", "json"], {
      signal: { name: "SIGINT", when: underWay(fleet, "ham0", "web1") },
    });
    expect(run.code).toBe(130);
    expect(parseDocument(run.stdout)).toMatchObject({
      moves: [{ outcome: "stayed" }],
      results: [{ node: "ham0", outcome: "interrupted", what: "not switched off" }],
    });
    expect([await whereIs(fleet, web?.uuid), await isOn("ham0")]).toEqual([{ ham0: "running" }, true]);
    await on("ham0", `${virsh} migrate-setspeed web1 1000`);
  });

  it("moves a guest, switches a jump host off after the node behind it, and the guest comes home", {
    timeout: 300_000,
  }, async () => {
    const run = await mclu(["off", "--drain", "--yes-all=2", "ham0", "ham2"]);
    expect([run.code, run.stdout]).toEqual([0, "ham0/web1: moved to ham1\nham0: switched off\nham2: switched off\n"]);
    expect(run.stderr).toMatch(/ham2: switching it off\nham0: switching it off\n/);
    expect(run.stderr).toContain("  try: once it is on again: mclu undrain ham0\n");
    expect(await whereIs(fleet, web?.uuid)).toMatchObject({ ham1: "running" });
    await fleet.on("ham0");
    expect(await mclu(["undrain", "ham0"])).toMatchObject({ code: 0 });
    expect(await whereIs(fleet, web?.uuid)).toMatchObject({ ham0: "running" });
  });

  it("stays on where a guest was started while the others were moved", { timeout: 300_000 }, async () => {
    const [late] = await fleet.define("ham0", ["late"], { template: "none" });
    await on("ham0", `${virsh} migrate-setspeed web1 1`);
    const started = underWay(fleet, "ham0", "web1").then(() =>
      on("ham0", `${virsh} start ${late?.uuid} >/dev/null; ${virsh} migrate-setspeed web1 1000`),
    );
    started.catch(() => undefined);
    const run = await mclu(["off", "--drain", "-y", "ham0"]);
    await started;
    expect([run.code, run.stdout]).toEqual([6, "ham0/web1: moved to ham1\nham0: not switched off\n"]);
    expect(run.stderr).toContain("error: ham0: a guest runs there: late, by now\n");
    expect([await whereIs(fleet, web?.uuid), await isOn("ham0")]).toMatchObject([{ ham1: "running" }, true]);
  });
});
