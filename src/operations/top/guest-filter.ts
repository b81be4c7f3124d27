import { isGlob, matchGlob } from "../guest-selector.ts";

/** Decides about guests by what a user typed. */
export type GuestFilter = (guest: { readonly node: string; readonly name: string }) => boolean;

/**
 * `web`: names with that in them, be it of the node; `'web*'`: whole names; `NODE/web`, `'ham*'/web`, `@GROUP/web` and
 * `@GROUP`: those of some nodes. Small and capital letters are the same, save in a node's name and a glob.
 * @param groupsOf the groups of a node
 */
export function guestFilter(text: string, groupsOf: (node: string) => readonly string[]): GuestFilter {
  const slash = text.indexOf("/");
  if (slash < 0 && !text.startsWith("@")) {
    const isMeant = nameFilter(text);
    return isGlob(text) ? ({ name }) => isMeant(name) : ({ node, name }) => isMeant(`${node}/${name}`);
  }
  const [scope, name] = slash < 0 ? [text, ""] : [text.slice(0, slash), text.slice(slash + 1)];
  const isMeant = nameFilter(name);
  const isThere = scope.startsWith("@")
    ? (node: string) => groupsOf(node).includes(scope.slice(1))
    : isGlob(scope)
      ? matchGlob(scope)
      : (node: string) => node === scope;
  return (guest) => isThere(guest.node) && isMeant(guest.name);
}

function nameFilter(text: string): (name: string) => boolean {
  if (isGlob(text)) return matchGlob(text);
  const wanted = text.toLowerCase();
  return (name) => name.toLowerCase().includes(wanted);
}
