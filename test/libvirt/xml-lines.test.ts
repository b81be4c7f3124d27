import { describe, expect, it } from "vitest";
import { parseXml } from "../../src/libvirt/xml.ts";
import { type LinesOptions, xmlLines } from "../../src/libvirt/xml-lines.ts";

const lines = (xml: string, options: LinesOptions = { secrets: "hidden" }) => xmlLines(parseXml(xml, "d"), options);

describe("xmlLines", () => {
  it("has a line for each tag, indented, with an element's text on its line", () => {
    expect(lines("<d><a n='1'/><b> x\n</b></d>")).toEqual(["<d>", '  <a n="1"/>', "  <b> x&#xA;</b>", "</d>"]);
  });

  it("hides the cookies of network disks, and nothing else of that name", () => {
    const cookie = "<cookie name='a'>s3cret</cookie>";
    expect(lines(`<d><cookies>${cookie}</cookies>${cookie}</d>`)).toEqual([
      "<d>",
      "  <cookies>",
      '    <cookie name="a">(hidden)</cookie>',
      "  </cookies>",
      '  <cookie name="a">s3cret</cookie>',
      "</d>",
    ]);
    expect(lines(`<d><cookies>${cookie}</cookies></d>`, { secrets: "shown" }).join()).toContain("s3cret");
  });

  it("orders as Canonical XML does: namespaces by prefix, then attributes by namespace and name", () => {
    const text = "<d b='1' xmlns:z='urn:a' a='2' z:c='3' xmlns:y='urn:b' y:a='4' xmlns='urn:c'/>";
    const own = { secrets: "shown" } as const;
    expect(lines(text, own)[0]).toBe(text.replaceAll("'", '"'));
    expect(lines(text, { ...own, canonical: true })).toEqual([
      '<d xmlns="urn:c" xmlns:y="urn:b" xmlns:z="urn:a" a="2" b="1" z:c="3" y:a="4"/>',
    ]);
  });

  it("keeps text beside elements to the character, and drops comments there", () => {
    const text = "<d>a &amp; <!-- no --><b><c/></b>\r\n<![CDATA[<]]></d>";
    expect(lines(text)).toEqual(["<d>a &amp; <b>  <c/></b>&#xA;&lt;</d>"]);
  });
});
