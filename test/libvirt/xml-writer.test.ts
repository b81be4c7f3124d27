import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseXml } from "../../src/libvirt/xml.ts";
import { element, writeXml } from "../../src/libvirt/xml-writer.ts";

describe("writeXml", () => {
  it("writes elements two spaces a level and leaves out what is absent", () => {
    const node = element("a", { b: 1, c: undefined }, element("d"), undefined, element("e", {}, "f"));
    expect(writeXml(node)).toBe('<a b="1">\n  <d/>\n  <e>f</e>\n</a>\n');
  });

  it("is read back as exactly what was written, whatever the text", () => {
    const xmlText = fc
      .string({ unit: "binary" })
      .filter((text) => !/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.test(text));
    fc.assert(
      fc.property(xmlText, xmlText, (attribute, text) => {
        const read = parseXml(writeXml(element("a", { attribute }, text)), "a");
        expect([read.getAttribute("attribute"), read.textContent]).toEqual([attribute, text]);
      }),
    );
  });

  it.each(["\x1b[2J", "\0", "\ufffe", "\ud800"])("refuses %j, which XML cannot carry", (text) => {
    expect(() => writeXml(element("a", {}, text))).toThrow(RangeError);
    expect(() => writeXml(element("a", { b: text }))).toThrow(RangeError);
  });
});

it("writes text beside elements on one line", () => {
  expect(writeXml(element("a", {}, "x", element("b"), "<"))).toBe("<a>x<b/>&lt;</a>\n");
});
