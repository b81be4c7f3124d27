import { XMLSerializer } from "@xmldom/xmldom";
import { child, children, parseXml, type XmlElement } from "./xml.ts";
import { writeXml, type XmlNode } from "./xml-writer.ts";

/** A domain's XML with one change; all else stays as it is. Throws UnexpectedOutput for what is no domain. */
export function editDomain(xml: string, edit: (domain: XmlElement) => void): string {
  const domain = parseXml(xml, "domain");
  edit(domain);
  return new XMLSerializer().serializeToString(domain, { requireWellFormed: true });
}

/** Puts an element behind its last sibling of that name, else behind the first of `after` that is there, else at the end. */
export function addElement(parent: XmlElement, node: XmlNode, after: readonly string[] = []): XmlElement {
  const added = parent.ownerDocument?.importNode(parseXml(writeXml(node).trim(), node.name), true);
  if (!added) throw new Error("an element belongs to a document");
  const last = [node.name, ...after].map((name) => children(parent, name).at(-1)).find((found) => found !== undefined);
  parent.insertBefore(added, last ? last.nextSibling : null);
  return added as XmlElement;
}

export function removeElement(element: XmlElement): void {
  element.parentNode?.removeChild(element);
}

/** Gives a child element this text; makes it where there is none, removes it for null. */
export function setText(parent: XmlElement, name: string, text: string | null, after: readonly string[] = []): void {
  const found = child(parent, name);
  if (text === null) {
    if (found) removeElement(found);
  } else if (found) found.textContent = text;
  else addElement(parent, { name, attributes: {}, content: [text] }, after);
}

/** Sets an attribute, or removes it for null. */
export function setAttribute(element: XmlElement | undefined, name: string, value: string | null): void {
  if (value === null) element?.removeAttribute(name);
  else element?.setAttribute(name, value);
}

/** An element as a document of its own. */
export function elementText(element: XmlElement): string {
  return new XMLSerializer().serializeToString(element, { requireWellFormed: true });
}
