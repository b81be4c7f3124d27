import { quote } from "../node/shell.ts";
import type { FoundGuest } from "./find-guest.ts";

/** `NODE/GUEST` as one word of a command line, for what the user is told to type. */
export function guestPlace({ node, name }: Pick<FoundGuest, "node" | "name">): string {
  return placeOf({ node: node.name, name });
}

/** The same of plain data. */
export function placeOf({ node, name }: { readonly node: string; readonly name: string }): string {
  return quote(`${node}/${name}`);
}
