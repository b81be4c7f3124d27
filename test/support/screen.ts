/**
 * What stands on a terminal after these bytes: a grid that wraps, LF and CR, and the two cursor sequences that
 * render/live.ts uses. Colours are dropped. Lines that scrolled off the top are kept, as a terminal's history does.
 * Throws on any other control character, so that nothing passes unseen.
 */
export function screenText(bytes: string, columns: number, rows: number): string {
  const lines: string[][] = [[]];
  let row = 0;
  let column = 0;
  const top = () => Math.max(0, lines.length - rows);
  const lineAt = (index: number) => {
    while (lines.length <= index) lines.push([]);
    return lines[index] ?? [];
  };
  for (const [token, up, erase] of bytes.matchAll(/\x1b\[(\d+)A|\x1b\[(J)|\x1b\[[\d;]*m|[\s\S]/gu)) {
    if (up !== undefined) row = Math.max(top(), row - Number(up));
    else if (erase !== undefined) {
      lines.length = row + 1;
      lineAt(row).length = Math.min(lineAt(row).length, column);
    } else if (token === "\n") {
      // the terminal driver makes CR LF of it, where it is not off
      lineAt(++row);
      column = 0;
    } else if (token === "\r") column = 0;
    else if (token.length === 1 && token < " ") throw new Error(`the program sent ${JSON.stringify(token)}`);
    else if (!token.startsWith("\x1b[")) {
      // a full line wraps when the next character comes, not before
      if (column === columns) {
        lineAt(++row);
        column = 0;
      }
      const line = lineAt(row);
      while (line.length < column) line.push(" ");
      line[column++] = token;
    }
  }
  return lines.map((line) => line.join("")).join("\n");
}
