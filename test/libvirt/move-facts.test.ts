import { describe, expect, it } from "vitest";
import { guestCpu, hasHostCpu, moveFactsQuery } from "../../src/libvirt/move-facts.ts";

const uri = "qemu:///system";
const needs = {
  ...{ type: "kvm", arch: "x86_64", machine: "pc-q35-7.2" },
  ...{ networks: ["default", "lab"], bridges: ["br0"], devices: ["eth1"], tpm: false },
  cpu: { of: "guest", xml: "<cpu mode='custom'/>" },
} as const;
const fine = { code: 0, texts: [""] };
const names = { code: 0, texts: ["e327ea8f-da7c-4841-ac19-942d2b4e0f9d web1\n\n"] };
const networks = { code: 0, texts: ["default\n\n", uri] };

describe("moveFactsQuery", () => {
  it("has qemu compare the guest's CPU, and libvirt the node's", () => {
    const commands = (of: "guest" | "host") =>
      JSON.stringify(moveFactsQuery(uri, { ...needs, cpu: { of, xml: "<cpu/>" } }).steps);
    expect(commands("guest")).toContain('"hypervisor-cpu-compare","/dev/stdin","--virttype","kvm"');
    expect(commands("host")).toContain('"cpu-compare","/dev/stdin"]');
  });

  it("asks for no machine where the guest names none", () => {
    const asked = (machine: string | null) =>
      moveFactsQuery(uri, { ...needs, arch: machine && "x86_64", machine }).steps.flatMap((step) =>
        "run" in step ? step.run : [],
      );
    expect(asked("pc")).toEqual(expect.arrayContaining(["--arch", "x86_64", "--machine", "pc"]));
    expect(asked(null)).not.toEqual(expect.arrayContaining(["--arch"]));
    expect(asked(null)).not.toEqual(expect.arrayContaining(["--machine"]));
  });

  it("finds nothing where all is there", () => {
    const both = { code: 0, texts: ["default\nlab\n\n", uri] };
    expect(moveFactsQuery(uri, needs).parse([names, both, fine, fine, fine, fine])).toEqual({
      domains: [{ uuid: "e327ea8f-da7c-4841-ac19-942d2b4e0f9d", name: "web1" }],
      ...{
        missingNetworks: [],
        missingBridges: [],
        missingDevices: [],
        machine: null,
        loaders: [],
        tpm: true,
        cpu: null,
      },
    });
  });

  it("says what is missing, in libvirt's words where it has some", () => {
    const machine = {
      code: 1,
      texts: ["error: failed to get emulator capabilities\nerror: invalid argument: the machine is not supported\n"],
    };
    const cpu = { code: 1, texts: [""] };
    expect(moveFactsQuery(uri, needs).parse([names, networks, machine, cpu, { code: 1, texts: [] }])).toMatchObject({
      ...{ missingNetworks: ["lab"], missingBridges: ["br0"], missingDevices: ["eth1"] },
      ...{ machine: "invalid argument: the machine is not supported", cpu: "exit code 1" },
    });
  });

  it.each([
    ["<tpm supported='yes'><enum name='backendModel'><value>passthrough</value></enum></tpm>", false],
    ["<tpm supported='yes'><enum name='backendModel'><value>emulator</value></enum></tpm>", true],
    ["<tpm supported='no'></tpm>", false],
    ["<domainCapabilities/>", true],
  ])("looks for what emulates a TPM where one is wanted: %s", (said, expected) => {
    const answer = { code: 0, texts: [said] };
    const parse = (tpm: boolean) =>
      moveFactsQuery(uri, { ...needs, tpm, cpu: null }).parse([names, networks, answer, fine]).tpm;
    expect([parse(true), parse(false)]).toEqual([expected, true]);
  });

  it("takes the bridges' answers where no CPU is compared", () => {
    const found = moveFactsQuery(uri, { ...needs, cpu: null }).parse([names, networks, fine, fine, fine]);
    expect([found.missingBridges, found.missingDevices, found.cpu]).toEqual([[], [], null]);
  });
});

it("a guest's CPU is read from its XML", () => {
  const own = "<domain><cpu mode='custom'><model>qemu64</model></cpu></domain>";
  expect([guestCpu(own), hasHostCpu(own)]).toEqual([expect.stringContaining("<model>qemu64</model>"), false]);
  expect(hasHostCpu("<domain><cpu mode='host-passthrough'/></domain>")).toBe(true);
  expect([guestCpu("<domain/>"), hasHostCpu("<domain/>")]).toEqual([null, false]);
});
