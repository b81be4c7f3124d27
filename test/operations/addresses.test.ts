import { describe, expect, it } from "vitest";
import { type AddressSubject, addressesOf } from "../../src/operations/addresses.ts";

const card = {
  mac: "52:54:00:00:00:01",
  type: "network",
  source: "default",
  model: null,
  target: "vnet0",
  link: "up",
} as const;
const known = { leases: null, now: null, arp: new Map(), problems: [] };

function reason(subject: Partial<AddressSubject>, agents: Parameters<typeof addressesOf>[1]["agents"] = null) {
  const running: AddressSubject = { uuid: "u", state: "running", details: { interfaces: [card], agent: null } };
  return addressesOf({ ...running, ...subject }, { known, agents }).reason;
}

describe("addressesOf", () => {
  const connected = { interfaces: [card], agent: { connected: true } };

  it("says why a guest has no address", () => {
    expect(reason({ state: "shut off" })).toBe("shut off");
    expect(reason({ details: null })).toBe("its XML cannot be read");
    expect(reason({ details: { interfaces: [], agent: null } })).toBe("no network interface");
    expect(reason({})).toBe("no lease, no agent channel");
    expect(reason({ details: { interfaces: [card], agent: { connected: false } } })).toBe(
      "no lease, agent not connected",
    );
    expect(reason({ details: connected }, new Map([["u", null]]))).toBe("no lease, agent did not answer");
    expect(reason({ details: connected }, new Map([["u", []]]))).toBe("no lease, agent knows none");
  });

  it("gives no reason while the agent has yet to answer", () => {
    expect(reason({ details: connected })).toBeNull();
  });
});
