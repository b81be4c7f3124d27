import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { currentLeases, parseInterfaceAddresses, parseLeases } from "../../src/libvirt/addresses.ts";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { fixture } from "../support/fixture.ts";

const leaseHead = ` Expiry Time           MAC address         Protocol   IP address           Hostname   Client ID or DUID
------------------------------------------------------------------------------------------------------------
`;

/** Texts that keep a pattern busy which has two ways to read one run of characters: a guest's agent may send a megabyte. */
const longTexts = [" ".repeat(1_000_000), " x".repeat(500_000), " -".repeat(500_000), "a ".repeat(500_000)];

describe("parseLeases", () => {
  it("is not held up by long names", () => {
    const row = " 2026-01-01 00:00:00  52:54:00:00:00:01  ipv4  192.168.122.2/24  ";
    const started = performance.now();
    for (const text of longTexts) {
      expect(parseLeases(`${leaseHead}${row}${text} -`)).toHaveLength(1);
      expect(() => parseLeases(`${leaseHead}${row}\n${text}x`)).toThrow(UnexpectedOutput);
    }
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it("reads what virsh 9 printed", () => {
    expect(parseLeases(fixture("net-dhcp-leases.txt"))).toEqual([
      {
        mac: "52:54:00:39:49:5c",
        family: "ipv4",
        address: "192.168.122.235",
        prefix: 24,
        expires: expect.stringMatching(/^2026-11-21 1\d:/),
      },
      ...(parseLeases(fixture("net-dhcp-leases.txt"))?.slice(1) ?? []),
    ]);
    expect(parseLeases(fixture("net-dhcp-leases-duid.txt"))).toHaveLength(1);
  });

  it("refuses headings with nothing below", () => {
    expect(() => parseLeases(leaseHead.split("\n")[0] ?? "")).toThrow(UnexpectedOutput);
  });

  it("reads virsh 3's narrower table, a lease that never ends, and skips a client without MAC", () => {
    const old = ` Expiry Time          MAC address        Protocol  IP address                Hostname        Client ID or DUID
-------------------------------------------------------------------------------------------------------------------
 1970-01-01 00:00:00  52:54:00:00:00:01  ipv6      2001:db8::1/64            a host          -
 2026-01-01 00:00:00  -                  ipv6      2001:db8::2/64            -               00:04:aa
`;
    expect(parseLeases(old)).toEqual([
      { mac: "52:54:00:00:00:01", family: "ipv6", address: "2001:db8::1", prefix: 64, expires: null },
    ]);
  });

  it("takes an empty table for no leases, and no text for no answer", () => {
    expect(parseLeases(leaseHead)).toEqual([]);
    expect(parseLeases("\n\n")).toBeNull();
  });

  it.each([
    ["other headings", leaseHead.replace("Hostname", "Host")],
    ["one column more", leaseHead.replace("DUID", "DUID   IAID")],
    ["a row that does not fit", `${leaseHead} tomorrow 52:54:00:39:49:5c ipv4 192.168.122.235/24 tiny -\n`],
    ["a mask that cannot be", `${leaseHead} 2026-11-21 12:03:16 52:54:00:39:49:5c ipv4 192.168.122.2/99 tiny -\n`],
    ["words", "error: something\n"],
  ])("refuses %s", (_what, text) => {
    expect(() => parseLeases(text)).toThrow(UnexpectedOutput);
  });

  it("throws nothing but UnexpectedOutput", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        for (const parse of [parseLeases, parseInterfaceAddresses])
          try {
            parse(leaseHead + text);
          } catch (error) {
            expect(error).toBeInstanceOf(UnexpectedOutput);
          }
      }),
    );
  });
});

describe("parseInterfaceAddresses", () => {
  it("is not held up by long names of an agent's interfaces", () => {
    const started = performance.now();
    const head = fixture("domifaddr-agent.txt").split("\n").slice(0, 2).join("\n");
    for (const text of longTexts) {
      const good = ` ${text}x  52:54:00:00:00:01  ipv4  10.0.0.1/24`;
      expect(parseInterfaceAddresses(`${head}\n${good}`)).toHaveLength(1);
      expect(() => parseInterfaceAddresses(`${head}\n ${text}x`)).toThrow(UnexpectedOutput);
    }
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it("reads leases and the agent, without loopback and link-local addresses", () => {
    expect(parseInterfaceAddresses(fixture("domifaddr-lease.txt"))).toEqual([
      { mac: "52:54:00:39:49:5c", family: "ipv4", address: "192.168.122.235", prefix: 24 },
    ]);
    expect(parseInterfaceAddresses(fixture("domifaddr-agent.txt"))).toEqual([
      { mac: "52:54:00:a8:cc:d0", family: "ipv4", address: "192.168.122.135", prefix: 24 },
    ]);
  });

  it("reads names with spaces, cards without address, and an ARP entry's unknown mask", () => {
    const text = ` Name       MAC address          Protocol     Address
-------------------------------------------------------------------------------
 Ethernet Instance 0 52:54:00:00:00:0A    ipv4         10.0.0.2/0
 eth9       52:54:00:00:00:0b    N/A          N/A
`;
    expect(parseInterfaceAddresses(text)).toEqual([
      { mac: "52:54:00:00:00:0a", family: "ipv4", address: "10.0.0.2", prefix: null },
    ]);
  });

  it("leaves out what leads to the node itself, however an agent writes it, and to nobody", () => {
    const read = (...addresses: readonly string[]) => {
      const head = fixture("domifaddr-agent.txt").split("\n").slice(0, 2);
      const rows = addresses.map((one) => ` eth0 52:54:00:00:00:01 ${one.includes(":") ? "ipv6" : "ipv4"} ${one}/24`);
      return parseInterfaceAddresses([...head, ...rows].join("\n"))?.map(({ address }) => address);
    };
    expect(read("127.0.0.1", "127.9.9.9", "0.0.0.0", "0.0.0.1", "224.0.0.1", "255.255.255.255")).toEqual([]);
    expect(read("::1", "::", "0:0::1", "0:0:0:0:0:0:0:0", "::127.0.0.1", "::7f00:1", "::ffff:10.0.0.1")).toEqual([]);
    expect(read("::ffff:7f00:1", "0:0:0:0:0:FFFF:7F00:1", "fe80::1", "FEBF::1", "ff02::1")).toEqual([]);
    const good = ["10.0.0.1", "1.2.3.4", "169.254.1.1", "223.1.1.1", "2001:db8::1", "fd00::1", "fec0::1", "::1:0:0:1"];
    expect(read(...good)).toEqual(good);
  });

  it("takes no text for no answer", () => {
    expect(parseInterfaceAddresses("")).toBeNull();
  });
});

describe("currentLeases", () => {
  const lease = (address: string, expires: string | null, mac = "52:54:00:00:00:01") => {
    return { mac, family: "ipv4" as const, address, prefix: 24, expires };
  };
  const now = "2026-11-21 12:00:00";
  it("drops what has expired by the node's clock and keeps the newest of a card", () => {
    const leases = [
      lease("10.0.0.1", "2026-11-21 12:00:01"),
      lease("10.0.0.2", "2026-11-21 13:00:00"),
      lease("10.0.0.3", "2026-11-21 12:00:00"),
      lease("10.0.0.4", "2026-11-21 11:00:00", "52:54:00:00:00:02"),
    ];
    expect(currentLeases(leases, now).map(({ address }) => address)).toEqual(["10.0.0.2"]);
    expect(currentLeases([...leases, lease("10.0.0.5", null)], now).map(({ address }) => address)).toEqual([
      "10.0.0.5",
    ]);
  });
});
