/**
 * What `look` saw while the words of others about the same stayed as they were: they are asked for before and after it,
 * until both times give the same. Rejects after 20 times.
 * @returns those words, and what `look` gave
 */
export async function steady<T>(words: () => Promise<string>, look: () => Promise<T>): Promise<readonly [string, T]> {
  let before = await words();
  for (let times = 0; times < 20; times++) {
    const seen = await look();
    const after = await words();
    if (after === before) return [after, seen];
    before = after;
  }
  throw new Error(`never the same twice: ${before}`);
}
