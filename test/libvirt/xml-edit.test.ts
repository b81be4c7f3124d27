import { describe, expect, it } from "vitest";
import { child, parseXml } from "../../src/libvirt/xml.ts";
import { addElement, editDomain, elementText, setAttribute, setText } from "../../src/libvirt/xml-edit.ts";

const edited = (xml: string, edit: Parameters<typeof editDomain>[1]) => editDomain(`<domain>${xml}</domain>`, edit);

describe("addElement", () => {
  const added = (xml: string, after?: readonly string[]) =>
    edited(xml, (domain) => void addElement(domain, { name: "b", attributes: { n: "2" }, content: [] }, after));

  it.each([
    ["behind its last sibling of that name", "<b/><b/><a/>", ["a"], '<b/><b/><b n="2"/><a/>'],
    ["behind the first of those it should follow that is there", "<a/><c/>", ["x", "a"], '<a/><b n="2"/><c/>'],
    ["at the end", "<a/><c/>", undefined, '<a/><c/><b n="2"/>'],
  ])("puts it %s", (_where, before, after, expected) => {
    expect(added(before, after)).toBe(`<domain>${expected}</domain>`);
  });
});

describe("setText", () => {
  const set = (xml: string, text: string | null) => edited(xml, (domain) => setText(domain, "title", text, ["name"]));

  it.each([
    ["replaces it", "<title>old</title>", "new & other", "<title>new &amp; other</title>"],
    ["makes the element", "<name>a</name><os/>", "new", "<name>a</name><title>new</title><os/>"],
    ["removes the element", "<name>a</name><title>old</title>", null, "<name>a</name>"],
    ["has nothing to remove", "<name>a</name>", null, "<name>a</name>"],
  ])("%s", (_what, before, text, expected) => {
    expect(set(before, text)).toBe(`<domain>${expected}</domain>`);
  });
});

it("setAttribute sets one, removes one, and leaves an element that is not there", () => {
  const change = (name: string, value: string | null) =>
    edited("<os a='1'/>", (domain) => setAttribute(child(domain, name), "a", value));
  expect(change("os", "2")).toBe('<domain><os a="2"/></domain>');
  expect(change("os", null)).toBe("<domain><os/></domain>");
  expect(change("cpu", "2")).toBe('<domain><os a="1"/></domain>');
  expect(change("cpu", null)).toBe('<domain><os a="1"/></domain>');
});

it("elementText is a document of its own, with the namespaces that it needs", () => {
  const domain = parseXml("<domain xmlns:q='urn:q'><x a='&lt;'><q:y/></x></domain>", "domain");
  const text = elementText(child(domain, "x") ?? domain);
  expect(child(parseXml(text, "x"), "q:y")?.namespaceURI).toBe("urn:q");
  expect(text).toContain('a="&lt;"');
});
