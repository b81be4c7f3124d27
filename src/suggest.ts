/** Letters: nobody mistypes a longer word, and the distance takes the square of them. */
const longest = 200;

/**
 * The candidate a mistyped word most likely stands for; undefined when none is near enough (a third of the word's
 * letters may be wrong, at least one). Case does not count.
 */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  return allClosest(word, candidates)[0];
}

/** The same of names that are numbered: of `web1` and `web2`, which are as near to `web9`, neither is meant. */
export function onlyClosest(word: string, candidates: Iterable<string>): string | undefined {
  const [near, ...others] = new Set(allClosest(word, candidates));
  return others.length > 0 ? undefined : near;
}

/** Those that are as near as any; none where no one is near enough. */
function allClosest(word: string, candidates: Iterable<string>): readonly string[] {
  if (word.length > longest) return [];
  const allowed = Math.max(1, Math.floor(word.length / 3));
  let least = allowed;
  let found: string[] = [];
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > least) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance > least) continue;
    if (distance < least) found = [];
    least = distance;
    found.push(candidate);
  }
  return found;
}

/** Damerau-Levenshtein: letters inserted, left out, replaced, or swapped with their neighbour. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const at = (cells: readonly number[], index: number) => cells[index] ?? Number.POSITIVE_INFINITY;
      const replaced = at(last, column - 1) + (a[row - 1] === b[column - 1] ? 0 : 1);
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      const swap = swapped ? at(beforeLast, column - 2) + 1 : Number.POSITIVE_INFINITY;
      current.push(Math.min(replaced, at(last, column) + 1, at(current, column - 1) + 1, swap));
    }
    beforeLast = last;
    last = current;
  }
  return last[b.length] ?? 0;
}
