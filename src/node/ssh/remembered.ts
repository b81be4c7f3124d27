/** What a map holds under a key, made where it holds nothing. A failure is not kept: whoever asks next tries again. */
export function remembered<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key);
  if (known) return known;
  const made = make();
  map.set(key, made);
  made.catch(() => map.get(key) === made && map.delete(key));
  return made;
}
