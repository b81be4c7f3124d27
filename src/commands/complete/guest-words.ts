import type { KnownGuest } from "../../operations/known-names.ts";

const byName = new Intl.Collator("en", { numeric: true }).compare;

/**
 * Guests as they may be typed where a word was begun so: by their names, else as NODE/GUEST, `@GROUP/GUEST` or NODE:GUEST.
 * Where two have one name it is NODE/GUEST at once.
 */
export function guestWords(known: readonly KnownGuest[], current: string): readonly string[] {
  const count = new Map<string, number>();
  for (const { name } of known) count.set(name, (count.get(name) ?? 0) + 1);
  const qualified = ({ node, name }: KnownGuest) => [`${node}/${name}`];
  const bare = (guest: KnownGuest) => ((count.get(guest.name) ?? 0) > 1 ? qualified(guest) : [guest.name]);
  const spellings: readonly ((guest: KnownGuest) => readonly string[])[] = [
    ...(current.includes("/") ? [] : [bare]),
    qualified,
    ({ groups, name }) => groups.map((group) => `@${group}/${name}`),
    ({ node, name }) => [`${node}:${name}`],
  ];
  for (const spell of spellings) {
    const words = known.flatMap(spell).filter((word) => word.startsWith(current));
    if (words.length > 0) return [...new Set(words)].sort(byName);
  }
  return [];
}

/** The same behind `USER@`, as `ssh` and `cp` take it. */
export function loginWords(known: readonly KnownGuest[], current: string): readonly string[] {
  const [user = ""] = /^[A-Za-z_][\w.-]*@/.exec(current) ?? [];
  return guestWords(known, current.slice(user.length)).map((word) => `${user}${word}`);
}
