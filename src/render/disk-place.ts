/** Where a disk is, and what is there where that is no image; null: nothing is in it. */
export function placeText({
  source,
  odd,
}: {
  readonly source: string | null;
  readonly odd: string | null;
}): string | null {
  if (source === null || odd === null) return source;
  return `${source} (${odd === "no answer" ? "its file system gives no answer" : `no image: ${odd}`})`;
}
