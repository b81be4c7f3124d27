import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UnexpectedOutput } from "../../src/libvirt/query.ts";
import { attribute, child, children, parseXml, textOf } from "../../src/libvirt/xml.ts";

const bomb = `<!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]><d>&b;</d>`;

describe("parseXml", () => {
  it.each([
    ["nothing", ""],
    ["virsh's own words", "error: failed to connect to the hypervisor"],
    [
      "more namespaces than anybody has",
      `<d>${Array.from({ length: 2000 }, (_, at) => `<a xmlns:a${at}='u'/>`).join("")}</d>`,
    ],
    ["an unclosed element", "<d><name>x</d>"],
    ["two roots", "<d/><d/>"],
    ["another root", "<network/>"],
    ["a duplicate attribute", "<d a='1' a='2'/>"],
    ["an unknown entity", "<d>&who;</d>"],
    ["an entity bomb", bomb],
    ["a DTD", "<!DOCTYPE d><d/>"],
    ["an external entity", `<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>`],
    ["half a document", "<d><a>"],
    ["a NUL", "<d a='x\0'/>"],
    ["a reference to one", "<d a='x&#0;'/>"],
    ["a reference to one, in hexadecimal", "<d>&#x00;</d>"],
    ["text behind the end", "<d/>more"],
    ["more levels than libvirt reads", `<d>${"<a>".repeat(3000)}${"</a>".repeat(3000)}</d>`],
    ["more elements than any guest has", `<d>${"<a/>".repeat(60_000)}</d>`],
    ["a document of 9 MB", `<d>${"x".repeat(9 * 1024 * 1024)}</d>`],
  ])("refuses %s", (_what, text) => {
    expect(() => parseXml(text, "d")).toThrow(UnexpectedOutput);
  });

  it("gives elements, attributes and text as they are", () => {
    const root = parseXml("\n<d a='1'>\n<b/><c> x &lt;y&gt; </c><b n=''/><c><!-- no --><![CDATA[<z>]]></c></d>\n", "d");
    expect(children(root).map((element) => element.nodeName)).toEqual(["b", "c", "b", "c"]);
    expect(children(root, "c").map(textOf)).toEqual(["x <y>", "<z>"]);
    expect([attribute(root, "a"), attribute(children(root)[2], "n"), attribute(undefined, "a")]).toEqual([
      "1",
      null,
      null,
    ]);
    expect(child(root, "c", "b")).toBeUndefined();
  });

  it("keeps a character that stands for what could not be decoded", () => {
    expect(textOf(parseXml("<d>a\ufffdb</d>", "d"))).toBe("a\ufffdb");
  });

  it("keeps names that are dangerous to other parsers as mere text", () => {
    const root = parseXml("<d><__proto__>1</__proto__><constructor>2</constructor></d>", "d");
    expect(textOf(child(root, "__proto__"))).toBe("1");
  });

  it("keeps a newline in an attribute, which is part of a file's name, and leaves all other text alone", () => {
    const root = parseXml(
      "<d a='x\ny' b=\"it's\t>\n\"><!-- 'a\nb' <e f='\n'/> --><t>'a\nb' \"</t><![CDATA[<e f='\n'>]]></d>",
      "d",
    );
    expect([attribute(root, "a"), attribute(root, "b")]).toEqual(["x\ny", "it's\t>\n"]);
    expect(root.textContent).toBe("'a\nb' \"<e f='\n'>");
  });

  it("throws nothing but UnexpectedOutput, whatever the text", () => {
    const piece = fc.constantFrom(
      "<",
      ">",
      "</d>",
      "<d>",
      "&",
      "&#0;",
      "]]>",
      "<![CDATA[",
      "<?",
      "'",
      '"',
      "xmlns:",
      "\0",
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(piece, fc.string({ unit: "binary" })), { maxLength: 12 }), (pieces) => {
        try {
          parseXml(pieces.join(""), "d");
        } catch (error) {
          expect(error).toBeInstanceOf(UnexpectedOutput);
        }
      }),
    );
  });
});
