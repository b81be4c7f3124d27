import { describe, expect, it } from "vitest";
import { dominfoQuery, overviewQuery } from "../../src/libvirt/overview.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { testUuid } from "../support/test-driver.ts";

const info = "CPU(s): 8\nMemory size: 1024 KiB\n";
const [one, two] = [
  { uuid: testUuid(1), name: "a" },
  { uuid: testUuid(2), name: "b" },
];
const names = `${one.uuid} a\n${two.uuid} b\n`;

describe("overviewQuery", () => {
  it("knows nothing but the name of a guest that domstats has not", () => {
    const stats = "Domain: 'a'\n  state.state=1\n  vcpu.current=2\n  balloon.maximum=4\n";
    expect(overviewQuery(false).parse([{ code: 0, texts: [info, names, stats] }])).toEqual({
      info: { cpus: 8, memory: 1024 ** 2 },
      domains: [
        { ...one, state: "running", vcpus: 2, memory: 4096 },
        { ...two, state: null, vcpus: null, memory: null },
      ],
    });
  });

  it("takes a list that failed for no node without guests", () => {
    const stats = "Domain: 'a'\n  state.state=1\n";
    const parse = () => overviewQuery(true).parse([{ code: 0, texts: [info, "", stats] }]);
    expect(parse).toThrow("expected virsh list, found: no guest, and domstats of some");
  });

  it("tells a virsh that does not know --nowait from one that failed", () => {
    const refused = [{ code: 1, texts: ["", "", "\n"] }];
    expect(overviewQuery(true).parse(refused)).toBeNull();
    expect(overviewQuery(true).steps[0]).toMatchObject({
      virsh: expect.arrayContaining([expect.arrayContaining(["--nowait"])]),
    });
    expect(overviewQuery(false).steps[0]).not.toMatchObject({
      virsh: expect.arrayContaining([expect.arrayContaining(["--nowait"])]),
    });
    expect(() => overviewQuery(false).parse(refused)).toThrow(UnexpectedOutput);
    expect(() => overviewQuery(false).parse([])).toThrow(UnexpectedOutput);
    expect(overviewQuery(true).parse([{ code: 1, texts: [info, "", ""] }])?.domains).toEqual([]);
  });
});

describe("dominfoQuery", () => {
  const parse = (...texts: string[]) => dominfoQuery([one, two]).parse([{ code: 0, texts: [...texts, "uri"] }]);

  it("knows a guest that is gone from one that is there", () => {
    expect(parse("State: shut off\nMax memory: 1 KiB\nCPU(s): 1\n", "")).toEqual([
      { ...one, state: "shut off", vcpus: 1, memory: 1024 },
      { ...two, state: null, vcpus: null, memory: null },
    ]);
  });

  it.each([
    "State: asleep\nMax memory: 1 KiB\nCPU(s): 1\n",
    "State: running\nCPU(s): 1\n",
    "State: running\nMax memory: 1 KiB\n",
  ])("refuses %j", (text) => {
    expect(() => parse(text, "")).toThrow(UnexpectedOutput);
  });
});
