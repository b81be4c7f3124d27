/** Longest name without its ending, bytes: file systems allow 255, and a temporary name is longer. */
const limit = 200;

/**
 * A file name for a name that may hold anything. Letters and digits of every script and `._+=@,-` stay; every other byte
 * is `%XX`, as is a first `.` or `-`: decodeURIComponent gives the name back. One that is too long, or that differs from
 * a name of `taken` in case alone (which some file systems do not see), ends in `%%` and its UUID instead.
 */
export function fileNameOf(name: string, uuid: string, taken: Set<string>): string {
  // of a longer one only the beginning is used
  const encoded = name.slice(0, limit + 1).replace(/^[.-]|[^\p{L}\p{N}._+=@,-]/gu, percent);
  const folded = encoded.toLowerCase();
  const plain = Buffer.byteLength(encoded) <= limit && encoded !== "" && !taken.has(folded);
  if (plain) taken.add(folded);
  return plain ? encoded : `${shorten(encoded)}%%${uuid}`;
}

function percent(character: string): string {
  // a lone surrogate has no bytes of its own
  return [...Buffer.from(character)].map((byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("");
}

/** To at most 100 bytes, without half an escape at the end. */
function shorten(encoded: string): string {
  let text = "";
  for (const part of encoded.match(/%[0-9A-F]{2}|./gsu) ?? []) {
    if (Buffer.byteLength(text + part) > 100) break;
    text += part;
  }
  return text;
}
