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
    const run = await mclu(["off", "--drain", "-y", "ham0"]);
    await started;
    expect([run.code, run.stdout]).toEqual([6, "ham0/web1: moved to ham1\nham0: not switched off\n"]);
    expect(run.stderr).toContain("error: ham0: a guest runs there: late, by now\n");
    expect([await whereIs(fleet, web?.uuid), await isOn("ham0")]).toMatchObject([{ ham1: "running" }, true]);
  });
});
