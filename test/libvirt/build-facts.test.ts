import { describe, expect, it } from "vitest";
import { buildFactsQuery } from "../../src/libvirt/build-facts.ts";
import { parseDomainCapabilities } from "../../src/libvirt/domain-capabilities.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { fixture } from "../support/fixture.ts";

const pool = "<pool type='dir'><name>default</name><target><path>/images</path></target></pool>";
const space = "State: running\nCapacity: 100\nAvailable: 60\n";

interface Answers {
  readonly q35?: string;
  readonly usual?: string;
  readonly place?: string;
  readonly info?: string;
  readonly bridge?: number;
}

function factsOf(kind: "network" | "bridge", { q35 = "", usual = "", place = "", info = "", bridge = 1 }: Answers) {
  return buildFactsQuery("default", { kind, name: "net0" }).parse([
    { code: 0, texts: [q35, usual, "uri"] },
    { code: 0, texts: [place, info, " net0 \n", "uri"] },
    { code: bridge, texts: [""] },
  ]);
}

describe("buildFactsQuery", () => {
  const capabilities = fixture("domcapabilities-tcg.xml");

  it("reads capabilities, of the machine's own kind where it has no q35, pool and network", () => {
    const known = parseDomainCapabilities(capabilities);
    const facts = factsOf("network", { usual: capabilities, place: pool, info: space });
    expect(facts).toEqual({
      capabilities: known,
      pool: { name: "default", active: true, capacity: 100, available: 60, type: "dir", path: "/images" },
      networkActive: true,
    });
    expect(factsOf("network", { q35: capabilities }).capabilities).toEqual(known);
  });

  it("knows of no capabilities and no pool where libvirt says nothing of them", () => {
    expect(factsOf("bridge", {})).toEqual({ capabilities: null, pool: null, networkActive: false });
  });

  it("asks the kernel for a bridge", () => {
    expect(factsOf("bridge", { bridge: 0 }).networkActive).toBe(true);
  });

  it.each([
    ["a pool without its state", { place: pool, info: "" }],
    ["a pool without a type", { place: "<pool/>", info: space }],
    ["capabilities without a machine", { q35: "<domainCapabilities><domain>kvm</domain></domainCapabilities>" }],
  ])("refuses %s", (_what, answers) => {
    expect(() => factsOf("network", answers)).toThrow(UnexpectedOutput);
  });
});

describe("parseDomainCapabilities", () => {
  it("leaves out modes and values that have no name", () => {
    const required = "<path>/q</path><domain>kvm</domain><machine>pc</machine><arch>x86_64</arch>";
    const cpu = "<cpu><mode supported='yes'/><mode name='maximum' supported='yes'/></cpu>";
    const video = "<devices><video><enum name='modelType'><value/><value>vga</value></enum></video></devices>";
    const read = parseDomainCapabilities(`<domainCapabilities>${required}${cpu}${video}</domainCapabilities>`);
    expect(read).toMatchObject({ cpuModes: ["maximum"], videoModels: ["vga"], graphics: [], maxVcpus: null });
  });
});
