/** What a user typed to name guests, taken apart. */
export interface GuestSelector {
  readonly text: string;
  /** Nodes that can hold the guest: a name or `@group`; undefined: all. */
  readonly scope: string | undefined;
  /** Name, UUID or glob. */
  readonly name: string;
  /** `NODE:GUEST` may as well be a whole name: this is the other reading. */
  readonly alternative?: { readonly scope: string; readonly name: string };
}

/** Takes `GUEST`, `UUID`, `NODE/GUEST`, `@GROUP/GUEST` and `NODE:GUEST` apart; libvirt forbids `/` in names. */
export function parseGuestSelector(text: string, nodeNames: readonly string[]): GuestSelector {
  const slash = text.indexOf("/");
  if (slash > 0) return { text, scope: text.slice(0, slash), name: text.slice(slash + 1) };
  // the longest node name wins where one is the beginning of another
  const node = nodeNames
    .filter((name) => text.startsWith(`${name}:`) && text.length > name.length + 1)
    .sort((a, b) => b.length - a.length)[0];
  const selector = { text, scope: undefined, name: text };
  return node === undefined
    ? selector
    : { ...selector, alternative: { scope: node, name: text.slice(node.length + 1) } };
}

export function isGlob(name: string): boolean {
  return /[*?[]/.test(name);
}

/** A shell glob (`*`, `?`, `[a-c]`, `[!x]`) as a predicate on whole names. */
export function matchGlob(glob: string): (name: string) => boolean {
  let source = "";
  for (let index = 0; index < glob.length; index++) {
    const character = glob[index] ?? "";
    const end = character === "[" ? glob.indexOf("]", index + 2) : -1;
    if (character === "*") source += ".*";
    else if (character === "?") source += ".";
    else if (end > 0) {
      const set = glob.slice(index + 1, end).replace(/[\\\]^]/g, "\\$&");
      source += set.startsWith("!") ? `[^${set.slice(1)}]` : `[${set}]`;
      index = end;
    } else source += character.replace(/[\\^$.|+()[\]{}/-]/g, "\\$&");
  }
  try {
    const pattern = new RegExp(`^${source}$`, "su");
    return (name) => pattern.test(name);
  } catch {
    // `[z-a]`: a set that no name can be in
    return () => false;
  }
}
