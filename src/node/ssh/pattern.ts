/**
 * OpenSSH's wildcards: `*` is any run of characters, `?` exactly one; there is no escape.
 * Case matters; callers that match host names lower both sides.
 */
export function matchesPattern(text: string, pattern: string): boolean {
  let at = 0;
  let inPattern = 0;
  let lastStar = -1;
  let resumeAt = 0;
  while (at < text.length) {
    const expected = pattern[inPattern];
    if (expected === "*") {
      lastStar = inPattern++;
      resumeAt = at;
    } else if (expected !== undefined && (expected === "?" || expected === text[at])) {
      inPattern++;
      at++;
    } else if (lastStar >= 0) {
      inPattern = lastStar + 1;
      at = ++resumeAt;
    } else {
      return false;
    }
  }
  while (pattern[inPattern] === "*") inPattern++;
  return inPattern === pattern.length;
}

/** A longer name makes OpenSSH give up on its whole list (match.c, `sub[1024]`). */
export const longestPattern = 1022;

/**
 * A list of patterns, each perhaps negated with `!`: matches when one does and no negated one does.
 * @param text lower case
 * @param patterns separated by commas, in any case
 */
export function matchesPatternList(text: string, patterns: string): boolean {
  let matched = false;
  for (const item of patterns.toLowerCase().split(",")) {
    const negated = item.startsWith("!");
    const pattern = negated ? item.slice(1) : item;
    if (pattern.length > longestPattern) return false;
    if (!matchesPattern(text, pattern)) continue;
    if (negated) return false;
    matched = true;
  }
  return matched;
}
