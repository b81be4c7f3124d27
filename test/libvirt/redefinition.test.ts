import { describe, expect, it } from "vitest";
import { domainDifference, Redefinition } from "../../src/libvirt/redefinition.ts";
import { parseXml } from "../../src/libvirt/xml.ts";
import { editDomain, setText } from "../../src/libvirt/xml-edit.ts";
import { xmlLines } from "../../src/libvirt/xml-lines.ts";
import { fixture } from "../support/fixture.ts";

const rich = fixture("domain-rich-inactive.xml");
const graphics = (password: string) =>
  `<domain><name>a</name><devices><graphics type='vnc' passwd='${password}'/></devices></domain>`;

describe("domainDifference", () => {
  it.each([
    ["blanks between elements", "<domain><name>a</name><os><type>hvm</type></os></domain>"],
    ["comments and quotes", `<domain><!-- x --><name>a</name>\n<os>\n<type>hvm</type></os></domain>`],
  ])("does not count %s", (_what, other) => {
    expect(domainDifference("<domain>\n  <name>a</name>\n  <os><type>hvm</type></os>\n</domain>", other)).toBe("");
  });

  it("does not count the order of attributes, and counts that of elements", () => {
    expect(domainDifference("<domain a='1' b='2'/>", "<domain b='2' a='1'/>")).toBe("");
    expect(domainDifference("<domain><a/><b/></domain>", "<domain><b/><a/></domain>")).not.toBe("");
  });

  it.each([
    ["blanks in a text", "<domain><name>a</name></domain>", "<domain><name>a </name></domain>"],
    ["blanks among text", "<domain><x>a <y/></x></domain>", "<domain><x>a<y/></x></domain>"],
    ["namespaces", "<domain><x xmlns='urn:a'/></domain>", "<domain><x xmlns='urn:b'/></domain>"],
    ["escapes", "<domain><x>&lt;</x></domain>", "<domain><x>&gt;</x></domain>"],
  ])("counts %s", (_what, before, after) => expect(domainDifference(before, after)).not.toBe(""));

  it("shows no secret, and that one changed", () => {
    expect(domainDifference(graphics("sesame"), graphics("open"))).toBe("(a password or a cookie)\n");
    const shown = domainDifference(graphics("sesame"), graphics("open").replace("vnc", "spice"));
    expect(shown).toContain(
      '-    <graphics type="vnc" passwd="(hidden)"/>\n+    <graphics type="spice" passwd="(hidden)"/>',
    );
    expect(shown).not.toMatch(/sesame|open/);
  });
});

describe("a redefinition", () => {
  const before = graphics("sesame");
  const after = editDomain(before, (domain) => setText(domain, "description", "new", ["name"]));
  const one = new Redefinition(before, after, { validate: true });

  it("keeps everything else as it is, to the character", () => {
    const other = editDomain(rich, (domain) => setText(domain, "vcpu", "7"));
    const lines = (xml: string) => xmlLines(parseXml(xml, "domain"), { canonical: true, secrets: "shown" });
    expect(lines(other).filter((line) => !line.includes("<vcpu"))).toEqual(
      lines(rich).filter((line) => !line.includes("<vcpu")),
    );
  });

  it("shows in JSON what it changes and nothing of the rest", () => {
    const { difference } = one;
    expect(difference).toContain("+  <description>new</description>");
    expect(JSON.parse(JSON.stringify({ one }))).toEqual({ one: { difference, validate: true } });
    expect(JSON.stringify([one, { ...one }])).not.toContain("sesame");
  });

  it("tells what somebody else changed, and what libvirt made of it", () => {
    expect(one.conflict(before)).toBe("");
    expect(one.conflict(before.replace("vnc", "spice"))).toContain("spice");
    expect(one.surprise(`${after}\n`)).toBe("");
    expect(one.surprise("no XML")).not.toBe("");
  });
});
