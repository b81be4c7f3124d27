import { describe, expect, it } from "vitest";
import { agentAddressesQuery, networksQuery, nodeAddressesQuery } from "../../src/libvirt/address-query.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { fixture } from "../support/fixture.ts";
import { testUuid } from "../support/test-driver.ts";

const leases = fixture("net-dhcp-leases.txt");
const fromLease = fixture("domifaddr-lease.txt");
const [guest, other] = [testUuid(1), testUuid(2)];

describe("networksQuery", () => {
  it("takes UUIDs and nothing else", () => {
    expect(networksQuery.parse([{ code: 0, texts: [`${guest}\n\n`, ""] }])).toEqual([guest]);
    expect(() => networksQuery.parse([{ code: 0, texts: ["default\n", ""] }])).toThrow(UnexpectedOutput);
  });
});

describe("nodeAddressesQuery", () => {
  const clock = { code: 0, texts: ["2026-11-21 12:00:00\n"] };

  it("reads leases by network, what each guest's ARP table says, and the node's clock", () => {
    const query = nodeAddressesQuery(["n"], [guest, other], false);
    expect(query.steps[0]).toMatchObject({ virsh: expect.arrayContaining([expect.arrayContaining(["arp"])]) });
    const info = "Name:           default\nUUID:           x\nBridge:         virbr0\n";
    const answers = query.parse([{ code: 0, texts: [leases, info, fromLease, "", "uri"] }, clock]);
    const [first] = answers.leases ?? [];
    expect(first?.network).toEqual({ name: "default", bridge: "virbr0" });
    expect(answers).toMatchObject({ now: "2026-11-21 12:00:00", problems: [] });
    expect(answers.leases?.length).toBeGreaterThan(0);
    expect(answers.arp.get(guest)?.length).toBeGreaterThan(0);
    expect(answers.arp.get(other)).toBeNull();
    const gone = query.parse([{ code: 0, texts: [leases, "", fromLease, "", "uri"] }, clock]);
    expect(gone).toMatchObject({ leases: null, problems: [] });
    const odd = query.parse([{ code: 0, texts: [leases, "Name: open\n", fromLease, "", "uri"] }, clock]);
    expect(odd.leases?.[0]?.network).toEqual({ name: "open", bridge: null });
  });

  it("takes what the test driver has by guest as leases, that never end", () => {
    const answers = nodeAddressesQuery([], [guest, other], true).parse([
      { code: 0, texts: [fromLease, "", ""] },
      clock,
    ]);
    expect(answers.leases?.map(({ expires }) => expires)).toEqual(answers.leases?.map(() => null));
    expect(answers.leases?.length).toBeGreaterThan(0);
    expect(answers.arp.size).toBe(0);
  });

  it("names what it does not understand, and believes no clock that is none", () => {
    const answers = nodeAddressesQuery(["n"], [], false).parse([
      { code: 0, texts: ["nonsense", ""] },
      { code: 1, texts: [] },
    ]);
    expect(answers).toMatchObject({ leases: null, now: null });
    expect(answers.problems).toEqual([expect.stringContaining("virsh net-dhcp-leases")]);
  });
});

describe("agentAddressesQuery", () => {
  it.each([124, 137, 143])(
    "knows by the exit code %i that a guest took all the time, and who was not asked",
    (code) => {
      const text = fixture("domifaddr-agent.txt");
      const answer = agentAddressesQuery([guest, other]).parse([{ code, texts: [text] }]);
      expect(answer).toMatchObject({ cut: true, notAsked: [other] });
      expect(answer.answers.get(guest)?.length).toBeGreaterThan(0);
    },
  );

  it("takes what a guest's agent made up as no answer", () => {
    const answer = agentAddressesQuery([guest]).parse([{ code: 0, texts: ["\x1b[2J"] }]);
    expect(answer).toEqual({ answers: new Map([[guest, null]]), notAsked: [], cut: false });
  });

  it("asked nobody where there was no answer at all", () => {
    expect(agentAddressesQuery([guest]).parse([])).toEqual({ answers: new Map(), notAsked: [guest], cut: false });
  });
});
