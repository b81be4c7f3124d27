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

/** A shell glob (`*`, `?`, `[a-c]`, `[!x]`, which bash and zsh know as `[^x]` too) as a predicate on whole names. */
export function matchGlob(glob: string): (name: string) => boolean {
  const parts = readGlob([...glob]);
  return (name) => matchParts([...name], parts);
}

/** One character of a name, or `*`. */
type GlobPart = "*" | ((character: string) => boolean);

function readGlob(glob: readonly string[]): GlobPart[] {
  const parts: GlobPart[] = [];
  const lastEnd = glob.lastIndexOf("]");
  for (let index = 0; index < glob.length; index++) {
    const character = glob[index] ?? "";
    const end = character === "[" && index + 2 <= lastEnd ? glob.indexOf("]", index + 2) : -1;
    if (character === "*") parts.push("*");
    else if (character === "?") parts.push(() => true);
    else if (end > 0) {
      parts.push(readSet(glob.slice(index + 1, end).join("")));
      index = end;
    } else parts.push((other) => other === character);
  }
  return parts;
}

function readSet(text: string): (character: string) => boolean {
  const set = text.replace(/[\\\]^[]/g, "\\$&");
  try {
    const others = /^(?:!|\\\^)/.exec(set)?.[0];
    const pattern = new RegExp(others === undefined ? `^[${set}]$` : `^[^${set.slice(others.length)}]$`, "su");
    return (character) => pattern.test(character);
  } catch {
    // `[z-a]`: a set that no name can be in
    return () => false;
  }
}

/** Not one regular expression: that would try every way to share a name out between several `*`. */
function matchParts(name: readonly string[], parts: readonly GlobPart[]): boolean {
  let at = 0;
  let inParts = 0;
  let star = -1;
  let resumeAt = 0;
  while (at < name.length) {
    const part = parts[inParts];
    if (part === "*") {
      star = inParts++;
      resumeAt = at;
    } else if (part?.(name[at] ?? "")) {
      inParts++;
      at++;
    } else if (star >= 0) {
      inParts = star + 1;
      at = ++resumeAt;
    } else return false;
  }
  return parts.slice(inParts).every((part) => part === "*");
}
