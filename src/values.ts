import { exitCodes, UserError } from "./errors.ts";
import { closest } from "./suggest.ts";

// Readers of one value each, for every file that has such values. All throw UserError (exit 2) that names the value and
// what was expected.

export function readChoice<T extends string>(text: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  const near = closest(text, choices);
  throw badValue(
    text,
    "known here",
    `expected ${choices.join(", ")}${near === undefined ? "" : `: did you mean ${near}?`}`,
  );
}

/** The name of a pool or a network: libvirt forbids `/`, and a leading `-` would be an option of virsh. */
export function readLibvirtName(text: string): string {
  if (!/^[^/:\p{C}-][^/:\p{C}]*$/u.test(text))
    throw badValue(text, "a name mclu takes", 'it has no "/" or ":" and no leading "-"');
  return text;
}

/** `NETWORK`, or `bridge:BR` for a bridge of the host. */
export function readNetwork(text: string): Network {
  const bridge = /^bridge:(.*)$/.exec(text)?.[1];
  if (bridge === undefined && text.includes(":")) throw badValue(text, "a network", "expected NETWORK or bridge:BR");
  if (bridge === undefined) return { kind: "network", name: readLibvirtName(text) };
  // Linux: at most 15 bytes (IFNAMSIZ)
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,14}$/.test(bridge))
    throw badValue(text, "a bridge", "expected one like bridge:br0");
  return { kind: "bridge", name: bridge };
}

/** What a guest's card is connected to: a network of libvirt, or a bridge of the host. */
export interface Network {
  readonly kind: "network" | "bridge";
  readonly name: string;
}

/** @param kind what the text is not, as in `"x" is not KIND: EXPECTED` */
export function badValue(text: string, kind: string, expected: string): UserError {
  return new UserError(`"${text}" is not ${kind}: ${expected}`, { exitCode: exitCodes.usage });
}
