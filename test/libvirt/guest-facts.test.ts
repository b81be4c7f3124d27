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

  it("knows the CPU time of a guest that runs alone", () => {
    const stats = "  cpu.time=3000000000\n";
    expect(factsOf({ stats })?.cpuTime).toBe(3);
    expect(factsOf({ state: "shut off (destroyed)", stats })?.cpuTime).toBeNull();
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

it("knows a guest that is gone, and one whose state has another word", () => {
  const [gone, odd] =
    guestFactsQuery([uuid, uuid], false).parse([
      {
        code: 1,
        texts: [
          "",
          "",
          "",
          "",
          "",
          "",
          "<domain/>",
          "",
          "dreaming",
          "Domain: 'a'\n  cpu.time=2000000000\n",
          "s\n",
          "s",
          "",
        ],
      },
    ]) ?? [];
  expect(gone).toMatchObject({ xml: null, state: null, cpuTime: null, persistent: null, traffic: new Map() });
  expect(odd).toMatchObject({ xml: "<domain/>", state: null, cpuTime: 2, snapshots: ["s"], currentSnapshot: "s" });
});

it("has no answer where this virsh does not know --nowait", () => {
  expect(guestFactsQuery([uuid], true).parse([{ code: 1, texts: [] }])).toBeNull();
  expect(guestFactsQuery([uuid], true).parse([{ code: 1, texts: ["<domain/>"] }])?.[0]?.xml).toBe("<domain/>");
});
