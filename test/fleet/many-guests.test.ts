import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Fleet, type FleetGuest, startFleet } from "./fleet.ts";
import { expectNothingLeft, type FleetUser, fleetUser, slack } from "./fleet-user.ts";

describe("500 guests on a node", () => {
  let fleet: Fleet;
  let user: FleetUser;
  let guests: FleetGuest[];
  beforeAll(async () => {
    fleet = await startFleet({ net: "10.107.0", nodes: 2, kinds: { ham1: "sudo" } });
    user = await fleetUser(fleet, { timed: true });
    const names = Array.from({ length: 499 }, (_, index) => `guest ${index + 1}`);
    guests = await fleet.define("ham1", names, { template: "none", memory: 64 });
    guests.push(...(await fleet.define("ham1", ["runs"], { template: "none", memory: 64, vcpus: 2, start: true })));
  });
  afterAll(() => fleet?.down());

  /** Runs it and prints how long it took: the figure is of interest, the bound is generous. */
  const timed = async (...argv: string[]) => {
    const result = await user.mclu(argv);
    console.log(`${argv.join(" ")}: ${Math.round(result.ms)} ms`);
    expect([result.code, result.stderr]).toEqual([0, ""]);
    expect(result.ms).toBeLessThan(1500 * slack);
    return result.stdout;
  };

  it("status counts those that run", async () => {
    expect(await timed("status", "ham1")).toMatch(/^ham1 {21}on\n.*\n {28}used: 2vcpus 0\.1G by 1 guest\(s\)\n.*\n$/);
  });

  it("list shows each of them once, in the order people count", async () => {
    const lines = (await timed("list", "--no-header")).trimEnd().split("\n");
    expect(lines.map((line) => line.slice(0, 9).trimEnd())).toEqual(guests.map(({ name }) => name));
    expect(lines.at(-1)).toMatch(/^runs +ham1 {2}running +2 +64M$/);
  });

  it("json and csv are complete in a pipe", async () => {
    const json = JSON.parse(await timed("list", "-o", "json")) as { guests: FleetGuest[] };
    expect(json.guests.map(({ uuid, name }) => ({ uuid, name }))).toEqual(guests);
    const csv = (await timed("list", "-o", "csv", "--columns", "name,uuid", "--no-header")).trimEnd();
    expect(csv).toBe(guests.map(({ name, uuid }) => `${name},${uuid}`).join("\n"));
    await expectNothingLeft(fleet.nodes);
  });

  it("a slow reader gets all of it", async () => {
    const under = ["bash", "-o", "pipefail", "-c", '"$@" | { sleep 2; cat; }', "-"];
    const { code, stdout } = await user.mclu(["list", "-o", "json"], { under });
    expect(code).toBe(0);
    expect((JSON.parse(stdout) as { guests: FleetGuest[] }).guests).toHaveLength(500);
  });
});
