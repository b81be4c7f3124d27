import { clean } from "./clean.ts";

/**
 * What to type next, for people: every line of a hint after `  try: `, since each is typed by itself.
 * @param head what stands before each line
 */
export function renderHint(hint: string | null, head = "  try: "): string {
  if (hint === null) return "";
  return hint
    .split("\n")
    .map((line) => `${head}${clean(line)}\n`)
    .join("");
}
