/** What the keys are called that send more than one character, or one that cannot be seen. */
const names: Readonly<Record<string, string>> = {
  "\x03": "interrupt",
  "\x1a": "suspend",
  "\x0c": "redraw",
  "\x15": "clear",
  "\x08": "backspace",
  "\x7f": "backspace",
  "\t": "tab",
  "\r": "enter",
  "\n": "enter",
  "\x1b": "escape",
  "\x1b[A": "up",
  "\x1bOA": "up",
  "\x1b[B": "down",
  "\x1bOB": "down",
  "\x1b[5~": "page-up",
  "\x1b[6~": "page-down",
  "\x1b[H": "home",
  "\x1b[1~": "home",
  "\x1b[F": "end",
  "\x1b[4~": "end",
};

/** The keys of what a terminal sent, by name, or the character itself; what no key here sends is left out. */
export function keysIn(text: string): string[] {
  const codes = text.match(/\x1b\[[\d;]*[A-Za-z~]|\x1bO[A-Z]|[\s\S]/gu) ?? [];
  return codes.flatMap((code) => {
    const name = Object.hasOwn(names, code) ? names[code] : undefined;
    if (name !== undefined) return [name];
    // half a surrogate pair is no character
    return /^[^\p{Cc}\p{Cs}]$/u.test(code) ? [code] : [];
  });
}
