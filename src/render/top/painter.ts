/** Puts lines on the whole screen, and sends only those that are not there yet. */
export interface Painter {
  /** The bytes that bring the screen from what it shows to these lines; "" where it shows them. */
  paint(lines: readonly string[]): string;
  /** Nobody knows what is on the screen now. */
  forget(): void;
}

export function createPainter(): Painter {
  let shown: readonly string[] | undefined;
  return {
    paint(lines) {
      const start = shown === undefined ? "\x1b[0m\x1b[2J" : "";
      // erased first: behind a line as wide as the screen the cursor stands on its last character
      const put = (line: string, row: number) => (line === shown?.[row] ? "" : `\x1b[${row + 1};1H\x1b[2K${line}`);
      const gone = shown?.slice(lines.length).map((_, index) => put("", lines.length + index)) ?? [];
      const bytes = start + lines.map(put).join("") + gone.join("");
      shown = lines;
      return bytes;
    },
    forget() {
      shown = undefined;
    },
  };
}
