import { describe, expect, it } from "vitest";
import { loadQuery, noCounters } from "../../src/libvirt/load-query.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { testUuid } from "../support/test-driver.ts";

const info = "CPU(s): 8\nMemory size: 1024 KiB\n";
const memory = "total  :  1000 KiB\nfree   :  100 KiB\nbuffers:   20 KiB\ncached :  180 KiB\n";
const cpu = "user:      3000\nsystem:    1000\nidle:      5000\niowait:     500\n";
const names = `${testUuid(1)} a\n${testUuid(2)} b\n`;
/** As virsh 9.0 printed it. */
const stats = `Domain: 'a'
  state.state=1
  cpu.time=1620000000
  balloon.current=131072
  balloon.maximum=131072
  balloon.rss=82336
  vcpu.current=1
  net.count=2
  net.0.name=vnet0
  net.0.rx.bytes=90
  net.0.tx.bytes=1
  net.1.rx.bytes=10
  net.1.tx.bytes=2
  block.count=2
  block.0.name=vda
  block.0.rd.bytes=10273792
  block.0.wr.bytes=7
  block.1.name=sda
`;

/** What a query makes of these texts. */
function read(texts: {
  uptime?: string;
  cpu?: string;
  memory?: string;
  stats?: string;
  names?: string;
  code?: number;
}) {
  const of = { uptime: "12.34 56.78\n", cpu, memory, stats, names, code: 0, ...texts };
  return loadQuery(true).parse([
    { code: 0, texts: [of.uptime] },
    { code: of.code, texts: [info, of.memory, of.cpu, of.names, of.stats] },
  ]);
}

describe("loadQuery", () => {
  it("adds up the devices of a guest, and knows nothing of one that domstats has not", () => {
    expect(read({})).toEqual({
      uptime: 12.34,
      cpus: 8,
      cpuTime: { busy: 4000, all: 9500 },
      memory: { used: 700 * 1024, total: 1024 ** 2 },
      guests: [
        {
          ...{ uuid: testUuid(1), name: "a", state: "running", vcpus: 1 },
          memory: { used: 82336 * 1024, total: 131072 * 1024 },
          counters: { cpuTime: 1.62e9, read: 10273792, written: 7, received: 100, sent: 3 },
        },
        ...[{ uuid: testUuid(2), name: "b", state: null, vcpus: null, memory: { used: null, total: null } }].map(
          (guest) => ({ ...guest, counters: noCounters }),
        ),
      ],
    });
  });

  it("tells a guest without devices from one that is too busy to be asked", () => {
    const counters = (text: string) => read({ stats: `Domain: 'a'\n  state.state=1\n${text}` })?.guests[0]?.counters;
    expect(counters("  block.count=0\n")).toMatchObject({ read: 0, written: 0, received: null });
    expect(counters("  block.count=1\n  block.0.name=vda\n")).toMatchObject({ read: null, written: null });
    expect(counters("  net.count=1\n  net.0.rx.bytes=x\n")).toMatchObject({ received: null, sent: null });
    const oneOfTwo = "  block.count=2\n  block.0.rd.bytes=7\n  block.1.rd.bytes=-1\n  block.0.wr.bytes=7\n";
    expect(counters(oneOfTwo)).toMatchObject({ read: null, written: 7 });
  });

  it("leaves out what a node does not say", () => {
    expect(read({ uptime: "", cpu: "", memory: "" })).toMatchObject({ uptime: null, cpuTime: null });
    expect(read({ memory: "" })?.memory.used).toBeNull();
    expect(read({ cpu: "user: 1\nsystem: 2\n" })?.cpuTime).toBeNull();
    expect(read({ cpu: "user: 1\nsystem: 2\nidle: 3\n" })?.cpuTime).toEqual({ busy: 3, all: 6 });
    // more may be free than there is
    expect(read({ memory: "total: 1 KiB\nfree: 9 KiB\n" })?.memory.used).toBe(0);
    expect(
      loadQuery(true).parse([
        { code: 0, texts: [] },
        { code: 0, texts: [info] },
      ])?.guests,
    ).toEqual([]);
  });

  it("tells a virsh that does not know --nowait from one that failed", () => {
    const refused = [
      { code: 0, texts: ["1.0 1.0"] },
      { code: 1, texts: ["", "", "", "", "\n"] },
    ];
    expect(loadQuery(true).parse(refused)).toBeNull();
    expect(() => loadQuery(false).parse(refused)).toThrow(UnexpectedOutput);
    expect(() => loadQuery(false).parse([])).toThrow(UnexpectedOutput);
    expect(read({ code: 1, stats: "", names: "" })?.guests).toEqual([]);
    expect(JSON.stringify(loadQuery(false).steps)).not.toContain("nowait");
  });

  it("hands no name of a guest to virsh, and asks it to change nothing", () => {
    expect(loadQuery(true).steps).toEqual([
      { run: ["cat", "/proc/uptime"] },
      { access: "read", virsh: expect.arrayContaining([["list", "--all", "--uuid", "--name"]]) },
    ]);
  });
});
