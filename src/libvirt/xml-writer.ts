/** An element as text, to be put into others. */
export interface XmlNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly content: readonly (XmlNode | string)[];
}

/** An element; absent children are left out, texts and attribute values are escaped when it is written. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number | undefined>> = {},
  ...content: readonly (XmlNode | string | undefined)[]
): XmlNode {
  const given = Object.entries(attributes).filter(
    (entry): entry is [string, string | number] => entry[1] !== undefined,
  );
  return { name, attributes: Object.fromEntries(given), content: content.filter((part) => part !== undefined) };
}

/** Text of an element, two spaces a level. Throws where a text has what XML 1.0 cannot carry, such as ESC. */
export function writeXml(node: XmlNode, indent = ""): string {
  const attributes = Object.entries(node.attributes).map(([name, value]) => ` ${name}="${escapeXml(String(value))}"`);
  const open = `${indent}<${node.name}${attributes.join("")}`;
  if (node.content.length === 0) return `${open}/>\n`;
  const elements = node.content.filter((part) => typeof part !== "string");
  if (elements.length < node.content.length) {
    const inner = node.content.map((part) => (typeof part === "string" ? escapeXml(part) : writeXml(part).trimEnd()));
    return `${open}>${inner.join("")}</${node.name}>\n`;
  }
  const inner = elements.map((part) => writeXml(part, `${indent}  `));
  return `${open}>\n${inner.join("")}${indent}</${node.name}>\n`;
}

/** The ampersand first: the others bring one. */
const entities = [
  ["&", "&amp;"],
  ["<", "&lt;"],
  [">", "&gt;"],
  ['"', "&quot;"],
  ["\t", "&#9;"],
  ["\n", "&#10;"],
  ["\r", "&#13;"],
] as const;

function escapeXml(text: string): string {
  const wrong = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/u.exec(text);
  if (wrong) throw new RangeError(`XML cannot carry the character ${JSON.stringify(wrong[0])}`);
  return entities.reduce((escaped, [character, entity]) => escaped.replaceAll(character, entity), text);
}
