/** Lines around a change that are shown as they are. */
const context = 3;

interface Edit {
  readonly kind: " " | "-" | "+";
  readonly line: string;
}

/** What makes the second text of the first, as `diff -u` shows it without its head; "" where they are equal. */
export function unifiedDiff(before: readonly string[], after: readonly string[]): string {
  const edits = editScript(before, after);
  const near = edits.map((_, index) =>
    edits.slice(Math.max(0, index - context), index + context + 1).some(({ kind }) => kind !== " "),
  );
  const lines: string[] = [];
  let [old, now] = [1, 1];
  edits.forEach((edit, index) => {
    if (near[index] && !near[index - 1]) {
      const end = near.indexOf(false, index);
      lines.push(hunkHead(edits.slice(index, end < 0 ? undefined : end), old, now));
    }
    if (near[index]) lines.push(`${edit.kind}${edit.line}`);
    if (edit.kind !== "+") old++;
    if (edit.kind !== "-") now++;
  });
  return lines.map((line) => `${line}\n`).join("");
}

function hunkHead(edits: readonly Edit[], old: number, now: number): string {
  const count = (without: Edit["kind"]) => edits.filter(({ kind }) => kind !== without).length;
  return `@@ -${old},${count("+")} +${now},${count("-")} @@`;
}

/** Longest common subsequence of what is between the lines that both begin and end with. */
function editScript(before: readonly string[], after: readonly string[]): readonly Edit[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  const old = before.slice(start, before.length - end);
  const now = after.slice(start, after.length - end);
  const same = (lines: readonly string[]) => lines.map((line): Edit => ({ kind: " ", line }));
  return [
    ...same(before.slice(0, start)),
    ...middle(old, now),
    ...same(end === 0 ? [] : before.slice(before.length - end)),
  ];
}

/** Cells of the table at most: more differ too much for anybody to read the difference line by line. */
const cellLimit = 4_000_000;

function middle(old: readonly string[], now: readonly string[]): readonly Edit[] {
  const removed = (line: string): Edit => ({ kind: "-", line });
  const added = (line: string): Edit => ({ kind: "+", line });
  if (old.length * now.length > cellLimit) return [...old.map(removed), ...now.map(added)];
  const width = now.length + 1;
  const common = new Uint32Array((old.length + 1) * width);
  const at = (row: number, column: number) => common[row * width + column] ?? 0;
  for (let row = old.length - 1; row >= 0; row--)
    for (let column = now.length - 1; column >= 0; column--)
      common[row * width + column] =
        old[row] === now[column] ? at(row + 1, column + 1) + 1 : Math.max(at(row + 1, column), at(row, column + 1));
  const edits: Edit[] = [];
  let [row, column] = [0, 0];
  while (row < old.length || column < now.length) {
    const [left = "", right = ""] = [old[row], now[column]];
    if (row < old.length && column < now.length && left === right) {
      edits.push({ kind: " ", line: left });
      row++;
      column++;
    } else if (row < old.length && (column === now.length || at(row + 1, column) >= at(row, column + 1))) {
      edits.push(removed(left));
      row++;
    } else {
      edits.push(added(right));
      column++;
    }
  }
  return edits;
}
