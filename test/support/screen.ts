/**
 * What stands on a terminal after these bytes: a grid that wraps, LF and CR, and the cursor sequences that
 * render/live.ts uses. Colours are dropped. Lines that scrolled off the top are kept, as a terminal's history does.
 * Throws on any other control character, so that nothing passes unseen.
 */
export function screenText(bytes: string, columns: number, rows: number): string {
  const lines: string[][] = [[]];
  let row = 0;
  let column = 0;
  let top = 0;
  const lineAt = (index: number) => {
    top = Math.max(top, index + 1 - rows);
    while (lines.length <= index) lines.push([]);
    return lines[index] ?? [];
  };
  const down = () => {
    lineAt(++row);
    column = 0;
  };
  for (const [token, count, move] of bytes.matchAll(/\x1b\[(\d*)(?:;1)?([ABHJK])|\x1b\[[\d;]*m|[\s\S]/gu)) {
    const number = Number(count || 1);
    if (move === "A") row = Math.max(top, row - number);
    else if (move === "B") row = Math.min(top + rows - 1, row + number);
    else if (move === "H") [row, column] = [top + Math.min(number, rows) - 1, 0];
    else if (move === "K") lineAt(row).length = Math.min(lineAt(row).length, column);
    else if (move === "J") {
      lineAt(row).length = Math.min(lineAt(row).length, column);
      lines.length = row + (column > 0 ? 1 : 0);
    } else if (token === "\n") {
      // the terminal driver makes CR LF of it, where it is not off
      down();
    } else if (token === "\r") column = 0;
    else if (token.length === 1 && token < " ") throw new Error(`the program sent ${JSON.stringify(token)}`);
    else if (!token.startsWith("\x1b[")) {
      // a full line wraps when the next character comes, not before
      if (column === columns) down();
      const line = lineAt(row);
      while (line.length < column) line.push(" ");
      line[column++] = token;
    }
  }
  return lines.map((line) => line.join("")).join("\n");
}
