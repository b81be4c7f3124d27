import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  domainStates,
  isActive,
  parseDomainNames,
  parseDomainStats,
  statNumber,
  statState,
} from "../../src/libvirt/domains.ts";

const uuidOf = (index: number) => `187751d3-318d-40e8-b84a-${String(index).padStart(12, "0")}`;

/** Whatever libvirt allows in a name: no slash, no newline, not only spaces. */
const names = fc.string({ unit: "binary", minLength: 1 }).filter((name) => !/[/\n]/.test(name) && name.trim() !== "");

describe("parseDomainNames", () => {
  it("keeps every name exactly", () => {
    fc.assert(
      fc.property(fc.uniqueArray(names), (all) => {
        const text = all.map((name, index) => `${uuidOf(index)} ${name}\n`).join("");
        expect(parseDomainNames(`${text}\n`).map(({ name }) => name)).toEqual(all);
      }),
    );
  });

  it("refuses a list that names a guest twice: what is done to one would meet the other", () => {
    expect(() => parseDomainNames(`${uuidOf(1)} a\n${uuidOf(1)} b\n`)).toThrow("each guest once");
    expect(() => parseDomainNames(`${uuidOf(1)} a\n${uuidOf(2)} a\n`)).toThrow("each guest once");
  });

  it("refuses more guests than libvirt lists", () => {
    const list = (count: number) =>
      Array.from({ length: count }, (_, at) => `${String(at).padStart(8, "0")}-0000-4000-8000-000000000000 g${at}\n`);
    expect(parseDomainNames(list(16_384).join(""))).toHaveLength(16_384);
    expect(() => parseDomainNames(list(16_385).join(""))).toThrow("more than 16384 guests");
    const stats = list(16_385).map((_, at) => `Domain: '${at}'\n`);
    expect(() => parseDomainStats(stats.join(""))).toThrow("more than 16384 guests");
  });

  it("refuses what is no such line", () => {
    expect(() => parseDomainNames(" Id   Name\n")).toThrow("expected UUID NAME of virsh list");
    // a file that is named after it would be anywhere, and ham0 has a guest of its own there
    for (const name of ["../../etc/x", "ham0/web1"])
      expect(() => parseDomainNames(`${uuidOf(1)} ${name}\n`)).toThrow("expected UUID NAME of virsh list");
  });
});

describe("parseDomainStats", () => {
  it("reads every domain, with quotes in its name", () => {
    fc.assert(
      fc.property(fc.uniqueArray(names, { minLength: 1 }), (all) => {
        const text = all.map((name) => `Domain: '${name}'\n  state.state=1\n  vcpu.current=2\n\n`).join("");
        const stats = parseDomainStats(text);
        expect([...stats.keys()]).toEqual(all);
        expect(statNumber(stats.get(all[0] ?? "") ?? new Map(), "vcpu.current")).toBe(2);
      }),
    );
  });

  it("gives null for what libvirt did not say", () => {
    const [stats] = parseDomainStats("Domain: 'a'\n  state.state=99\n").values();
    expect(stats && statState(stats)).toBeNull();
    expect(stats && statNumber(stats, "balloon.maximum")).toBeNull();
  });

  it("refuses other output", () => {
    expect(() => parseDomainStats("error: something\n")).toThrow("expected virsh domstats");
    expect(() => parseDomainStats("Domain: 'a'\n  state\n")).toThrow("key=value");
  });
});

it("counts as active what holds memory", () => {
  expect(domainStates.filter((state) => !isActive(state))).toEqual(["shut off"]);
});

it("knows no state of a number that libvirt does not have", () => {
  expect(statState(new Map([["state.state", "99"]]))).toBeNull();
  expect(statState(new Map())).toBeNull();
});
