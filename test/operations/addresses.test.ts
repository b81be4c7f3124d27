import { describe, expect, it } from "vitest";
import { Node } from "../../src/node/node.ts";
import { type AddressSubject, addressesOf, askAgents } from "../../src/operations/addresses.ts";
import { nodeSettings } from "../support/ssh-world.ts";

const card = {
  mac: "52:54:00:00:00:01",
  type: "network",
  source: "default",
  bridge: null,
  model: null,
  target: "vnet0",
  link: "up",
} as const;
const known = { leases: null, now: null, arp: new Map(), problems: [] };

function reason(subject: Partial<AddressSubject>, agents: Parameters<typeof addressesOf>[1]["agents"] = null) {
  const running: AddressSubject = { uuid: "u", state: "running", details: { interfaces: [card], agent: null } };
  return addressesOf({ ...running, ...subject }, { known, agents }).reason;
}

describe("askAgents", () => {
  const connected = { interfaces: [card], agent: { connected: true } };
  const subjects = (count: number) =>
    Array.from({ length: count }, (_, index): AddressSubject => {
      const uuid = `00000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
      return { uuid, state: "running", details: connected };
    });
  const node = (uri: string) =>
    new Node({ ...nodeSettings("ham0"), transport: "local", uri }, () => Promise.reject(new Error("it is local")));

  it("asks more guests than one command line can name", async () => {
    const guests = subjects(2000);
    const answers = await askAgents(node("test:///default"), guests, {});
    // the test driver knows none of them: that each has an answer says that each was asked
    expect([...answers.keys()]).toEqual(guests.map(({ uuid }) => uuid));
  });

  it("gives up on a node where three agents hang, and asks those behind the first ones", async () => {
    const asked: number[] = [];
    const hangs = {
      // the first of those that are asked answers, the second hangs, and no other was asked
      ask: async (query: { steps: readonly { virsh: readonly (readonly string[])[] }[] }) => {
        const uuids = query.steps.flatMap(({ virsh }) =>
          virsh.flatMap((argv) => argv.filter((word) => /^0{8}-/.test(word))),
        );
        asked.push(uuids.length);
        return { answers: new Map([[uuids[0], []]]), cut: true, notAsked: uuids.slice(2) };
      },
    } as unknown as Node;
    const answers = await askAgents(hangs, subjects(20), {});
    expect(asked).toEqual([20, 18, 16]);
    expect(answers.size).toBe(3);
  });

  it("asks nobody where libvirt does not answer", async () => {
    expect((await askAgents(node("qemu+unix:///system?socket=/nonexistent"), subjects(250), {})).size).toBe(0);
  });
});

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
