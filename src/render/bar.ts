/** A part of one as `[####....]`, so many characters wide; more than the whole fills it. */
export function renderBar(part: number, width: number): string {
  const room = width - 2;
  // a node may say what cannot be: more memory free than there is
  const filled = Math.round(Math.max(0, Math.min(1, part)) * room);
  return `[${"#".repeat(filled)}${".".repeat(room - filled)}]`;
}
