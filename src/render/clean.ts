/** C0 and C1 controls, and the bidi and invisible format characters that make a line read as what it is not. */
const unsafe = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

/**
 * Makes text from a node or a guest safe to print: every control and bidi character is shown as `\x1b` or `\u202e`.
 * The only place where that is done; everything that is not our own wording passes here.
 */
export function clean(text: string): string {
  return text.replace(unsafe, (character) => {
    const code = character.charCodeAt(0);
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u${code.toString(16).padStart(4, "0")}`;
  });
}

/** The same of a text of several lines, which stay lines. */
export function cleanLines(text: string): string {
  return text.split("\n").map(clean).join("\n");
}
