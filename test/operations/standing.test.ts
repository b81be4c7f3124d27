import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type PlacedReservation, refusalOf, standing } from "../../src/operations/standing.ts";
import { reservation } from "../support/reservation.ts";

describe("standing", () => {
  const mine = reservation("b");
  it.each([
    ["won", []],
    ["won", [reservation("a", { name: "web2" })]],
    ["won", [reservation("a", { stale: true, held: true })]],
    ["lost", [reservation("a")]],
    ["lost", [reservation("c", { held: true })]],
    ["wait", [reservation("c")]],
    ["lost", [reservation("c"), reservation("a")]],
  ])("has %s against %j", (result, others) => {
    expect(standing(mine, [mine, ...others])).toMatchObject({ result });
  });

  /** Builders of one name, each on a node of its own: write, then read the nodes one after the other, decide, write. */
  function* builder(id: string, nodes: readonly string[], world: Map<string, PlacedReservation>) {
    const own = reservation(id);
    world.set(id, own);
    for (;;) {
      const seen: PlacedReservation[] = [];
      for (const node of nodes) {
        yield;
        const there = world.get(node);
        if (there) seen.push(there);
      }
      yield;
      const { result } = standing(own, seen);
      if (result === "lost") {
        world.delete(id);
        return false;
      }
      if (result === "won") {
        world.set(id, { ...own, held: true });
        return true;
      }
    }
  }

  it("lets exactly one of several win, whoever comes when and whatever the clocks say", () => {
    const schedule = fc.array(fc.nat(3), { minLength: 20, maxLength: 120 });
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 4 }), schedule, (count, turns) => {
        const ids = ["a", "b", "c", "d"].slice(0, count);
        const world = new Map<string, PlacedReservation>();
        const runs = ids.map((id) => ({ id, run: builder(id, ids, world), won: undefined as boolean | undefined }));
        const step = (index: number) => {
          const one = runs[index % count];
          if (!one || one.won !== undefined) return;
          const { done, value } = one.run.next();
          if (done) one.won = value === true;
        };
        for (const turn of turns) step(turn);
        for (let left = 0; runs.some(({ won }) => won === undefined); left++) {
          if (left > 1000) throw new Error("nobody wins");
          step(left);
        }
        expect(runs.filter(({ won }) => won).length).toBe(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe("refusalOf", () => {
  it("sends to the job that there is", () => {
    const { why, hint } = refusalOf(reservation("ham1"));
    expect([why, hint]).toEqual(["somebody is building a guest web1 on ham1", "mclu jobs"]);
  });

  it.each([
    [14, 10],
    [541, 1],
    [600, 1],
    [99_999, 1],
    [-3600, 10],
  ])("says of one without a job, made %i s ago, that it ends within %i min", (age, minutes) => {
    const { why, hint } = refusalOf(reservation("ham1", { begun: false, age }));
    expect(why).toBe("somebody has reserved the name web1 on ham1, and begun no job");
    expect(hint).toContain(`in ${minutes} min: a client that was killed keeps it no longer`);
  });
});
