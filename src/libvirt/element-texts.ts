/**
 * The elements of a name in a document, to the character: from where one begins to the next end of one. Found by its ends: a
 * pattern for a whole element would look through the rest of a text without ends once for each beginning.
 */
export function elementTexts(xml: string, name: string): string[] {
  const end = `</${name}>`;
  return xml
    .split(end)
    .slice(0, -1)
    .flatMap((text) => {
      const begin = beginOf(text, `<${name}`);
      return begin < 0 ? [] : `${text.slice(begin)}${end}`;
    });
}

/** Where an element begins, and not one whose name is longer; -1: nowhere. */
function beginOf(text: string, tag: string): number {
  let at = text.indexOf(tag);
  while (at >= 0 && !/[\s>]/.test(text.charAt(at + tag.length))) at = text.indexOf(tag, at + 1);
  return at;
}
