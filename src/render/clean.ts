/**
 * What would make two names look alike, or a line read as what it is not: C1 controls, marks that turn the writing round, and
 * what draws nothing (soft hyphens, joiners, tags, variation selectors, Hangul fillers) or only a blank (braille's).
 */
const hidden = /[\u007f-\u009f\u2028\u2029\u2800\ufff9-\ufffb\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu;

/** The same with C0 controls, which JSON escapes by itself. */
const unsafe = /[\p{Cc}\u2028\u2029\u2800\ufff9-\ufffb\p{Bidi_Control}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * Makes text from a node or a guest safe to print: every control, bidi or invisible character is shown as `\x1b`, `\u202e` or
 * `\u{e0041}`. The only place where that is done; everything that is not our own wording passes here.
 */
export function clean(text: string): string {
  return text.replace(unsafe, (character, at: number) => {
    if (isStyleOfEmoji(character, text.slice(Math.max(0, at - 2), at))) return character;
    const digits = (character.codePointAt(0) ?? 0).toString(16);
    if (digits.length > 4) return `\\u{${digits}}`;
    return digits.length > 2 ? `\\u${digits.padStart(4, "0")}` : `\\x${digits.padStart(2, "0")}`;
  });
}

/** The same of a text of several lines, which stay lines. */
export function cleanLines(text: string): string {
  return text.split("\n").map(clean).join("\n");
}

/** The same of a JSON document, as escapes that every reader turns back into the very same text. */
export function cleanJson(json: string): string {
  return json.replace(hidden, (character) =>
    character
      .split("")
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}

/** In colour or not: emoji come with such a mark, and look different with it. */
function isStyleOfEmoji(character: string, before: string): boolean {
  return /[\ufe0e\ufe0f]/.test(character) && /\p{Extended_Pictographic}$/u.test(before);
}
