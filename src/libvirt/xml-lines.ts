import type { Attr, Node } from "@xmldom/xmldom";
import { attribute, children, type XmlElement } from "./xml.ts";

export interface LinesOptions {
  /**
   * As W3C's Canonical XML orders it: namespaces by prefix, then attributes by namespace and name. Otherwise the document's
   * own order.
   */
  readonly canonical?: boolean;
  /** Passwords and cookies are replaced by a word. */
  readonly secrets: "shown" | "hidden";
}

/**
 * A document as lines, one for each tag, of which two are equal exactly where the documents say the same to libvirt: blanks
 * between elements and comments, which libvirt drops when it reads, do not count; text does, to the character.
 */
export function xmlLines(root: XmlElement, options: LinesOptions, indent = ""): readonly string[] {
  const inner = children(root);
  const texts = childNodes(root).filter((node) => isText(node));
  const open = `${indent}<${root.nodeName}${attributesOf(root, options)}`;
  const isMixed = inner.length > 0 && texts.some(({ nodeValue }) => nodeValue?.trim() !== "");
  if (isMixed) return [`${open}>${mixedContent(root, options)}</${root.nodeName}>`];
  if (inner.length > 0)
    return [
      `${open}>`,
      ...inner.flatMap((element) => xmlLines(element, options, `${indent}  `)),
      `${indent}</${root.nodeName}>`,
    ];
  const text = texts.map(({ nodeValue }) => nodeValue ?? "").join("");
  if (text === "" || (text.includes("\n") && text.trim() === "")) return [`${open}/>`];
  const shown = options.secrets === "hidden" && isSecretElement(root) ? hidden : escapeText(text);
  return [`${open}>${shown}</${root.nodeName}>`];
}

const hidden = "(hidden)";

/** What `dumpxml --security-info` adds: passwords of consoles, cookies of network disks. */
function isSecretElement({ nodeName, parentNode }: XmlElement): boolean {
  return nodeName === "cookie" && parentNode?.nodeName === "cookies";
}

function isSecretAttribute(element: XmlElement, name: string): boolean {
  return name === "passwd" && attribute(element, name) !== null;
}

function attributesOf(element: XmlElement, { canonical = false, secrets }: LinesOptions): string {
  const attributes = [...element.attributes];
  if (canonical) attributes.sort(inCanonicalOrder);
  return attributes
    .map(({ nodeName, value }) => {
      const isHidden = secrets === "hidden" && isSecretAttribute(element, nodeName);
      return ` ${nodeName}="${isHidden ? hidden : escapeAttribute(value)}"`;
    })
    .join("");
}

function inCanonicalOrder(a: Attr, b: Attr): number {
  const isNamespace = ({ nodeName }: Attr) => nodeName === "xmlns" || nodeName.startsWith("xmlns:");
  if (isNamespace(a) !== isNamespace(b)) return isNamespace(a) ? -1 : 1;
  const key = (one: Attr) => (isNamespace(one) ? one.nodeName : `${one.namespaceURI ?? ""} ${one.localName ?? ""}`);
  return key(a) < key(b) ? -1 : Number(key(a) > key(b));
}

function mixedContent(element: XmlElement, options: LinesOptions): string {
  return childNodes(element)
    .map((node) => {
      if (isText(node)) return escapeText(node.nodeValue ?? "");
      return node.nodeType === 1 ? xmlLines(node as XmlElement, options).join("") : "";
    })
    .join("");
}

function childNodes(element: XmlElement): readonly Node[] {
  const nodes: Node[] = [];
  for (let node = element.firstChild; node; node = node.nextSibling) nodes.push(node);
  return nodes;
}

/** Text and CDATA, which are the same to a reader. */
function isText({ nodeType }: Node): boolean {
  return nodeType === 3 || nodeType === 4;
}

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("\r", "&#xD;")
    .replaceAll("\n", "&#xA;");
}

function escapeAttribute(text: string): string {
  return escapeText(text).replaceAll('"', "&quot;").replaceAll("\t", "&#x9;");
}
