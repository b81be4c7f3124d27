import { DOMParser, type Document, type Element } from "@xmldom/xmldom";
import { UnexpectedOutput } from "./query.ts";

export type XmlElement = Element;

/** A domain's XML is 5 to 50 kB; one with 500 devices stays under 1 MB. */
const sizeLimit = 2 * 1024 * 1024;
/** Real ones have a few; the parser copies all that hold for every element that declares another. */
const namespaceLimit = 1000;
/** A domain with 500 devices has some 10,000; each takes a hundred times the memory of the characters it needs. */
const elementLimit = 50_000;
/** No XML has one, and no argument of a command can; the parser would make it of the reference. */
const nul = /\0|&#(?:0+|x0+);/;
/** libxml2, which libvirt reads with, allows as many. */
const depthLimit = 256;

/**
 * Parses a document strictly and returns its root element. Throws UnexpectedOutput for anything that is not well formed,
 * has a DTD (libvirt never writes one, and entities are how a document explodes) or a NUL, has another root or is too large.
 */
export function parseXml(text: string, root: string): XmlElement {
  const what = `<${root}>, well-formed`;
  if (text.length > sizeLimit) throw new UnexpectedOutput(what, `${text.length} characters`);
  if (text.split("xmlns", namespaceLimit + 2).length > namespaceLimit + 1)
    throw new UnexpectedOutput(what, `more than ${namespaceLimit} namespaces`);
  if (text.split("<", elementLimit + 2).length > elementLimit + 1)
    throw new UnexpectedOutput(what, `more than ${elementLimit} tags`);
  if (nul.test(text)) throw new UnexpectedOutput(what, "a NUL");
  const document = parseStrictly(text, what);
  if (document.doctype) throw new UnexpectedOutput(what, "a DTD");
  const element = document.documentElement;
  if (element?.localName !== root) throw new UnexpectedOutput(what, `<${element?.nodeName}>`);
  if (isDeeper(element, depthLimit)) throw new UnexpectedOutput(what, `more than ${depthLimit} levels`);
  return element;
}

function parseStrictly(text: string, what: string): Document {
  // the parser wraps what onError throws into words of its own
  const problems: string[] = [];
  try {
    const onError = (level: string, problem: string) => {
      if (level === "warning") return;
      problems.push(problem);
      throw new SyntaxError(problem);
    };
    return new DOMParser({ onError }).parseFromString(withBlanksOfAttributes(text.trim()), "text/xml");
  } catch (error) {
    const [problem = String(error)] = problems;
    throw new UnexpectedOutput(what, text.trim() === "" ? "nothing" : problem.replace(/\n.*/s, ""));
  }
}

/** Comments, CDATA and instructions, which stay as they are; where tags begin and end; what is quoted. */
const markup = /<!--(?:.*?-->|.*$)|<!\[CDATA\[(?:.*?\]\]>|.*$)|<\?(?:.*?\?>|.*$)|<|>|"[^"<]*"|'[^'<]*'/gs;

/**
 * libvirt writes a newline of a path into an attribute as it is, and a parser has to make a blank of that: a disk would
 * take the name of another file.
 */
function withBlanksOfAttributes(text: string): string {
  let isInTag = false;
  return text.replace(markup, (token) => {
    if (token === "<" || token === ">") isInTag = token === "<";
    if (!isInTag || token.startsWith("<")) return token;
    return token.replace(/[\t\n\r]/g, (blank) => `&#${blank.charCodeAt(0)};`);
  });
}

/** Without recursion, which is what deep nesting is meant to break. */
function isDeeper(root: XmlElement, limit: number): boolean {
  let level = [root];
  for (let depth = 0; depth < limit; depth++) {
    if (level.length === 0) return false;
    level = level.flatMap((element) => children(element));
  }
  return true;
}

/** The child elements, or those of one name. */
export function children(element: XmlElement | undefined, name?: string): XmlElement[] {
  const found: XmlElement[] = [];
  for (let node = element?.firstChild ?? null; node; node = node.nextSibling)
    if (node.nodeType === 1 && (name === undefined || node.nodeName === name)) found.push(node as XmlElement);
  return found;
}

/** The first element at a path of child names. */
export function child(element: XmlElement | undefined, ...path: readonly string[]): XmlElement | undefined {
  return path.reduce<XmlElement | undefined>((parent, name) => children(parent, name)[0], element);
}

/** Text content, trimmed; null where there is no such element or nothing in it. */
export function textOf(element: XmlElement | undefined): string | null {
  return element?.textContent?.trim() || null;
}

/** An attribute; null where it is absent or empty. */
export function attribute(element: XmlElement | undefined, name: string): string | null {
  return element?.getAttribute(name) || null;
}
