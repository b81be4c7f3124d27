import { describe, expect, it } from "vitest";
import { guestFactsQuery } from "../../src/libvirt/guest-facts.ts";

const uuid = "00000000-0000-4000-8000-000000000001";

/** What the query makes of one guest's answers. */
function factsOf({ state = "running (booted)", stats = "" }) {
  const texts = ["<domain/>", "State: running", state, `Domain: 'web1'\n${stats}`, "", "", "test:///default"];
  return guestFactsQuery([uuid], true).parse([{ code: 0, texts }])?.[0];
}

describe("guestFactsQuery", () => {
  it("reads the state and what goes over the network", () => {
    const facts = factsOf({ stats: "  net.count=1\n  net.0.name=vnet0\n  net.0.rx.bytes=5\n" });
    expect(facts).toMatchObject({ state: "running", stateReason: "booted" });
    expect(facts?.traffic).toEqual(new Map([["vnet0", { received: 5, sent: null }]]));
  });

  it("believes no number of network cards that nothing is said of", () => {
    expect(factsOf({ stats: "  net.count=4294967295\n" })?.traffic.size).toBeLessThan(2);
  });

  it("is not held up by a state of a million brackets", () => {
    const started = performance.now();
    expect(factsOf({ state: `a${" (".repeat(500_000)}` })?.stateReason).toBeNull();
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
