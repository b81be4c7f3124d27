import type { SameGuests } from "../operations/duplicates.ts";
import { clean } from "./clean.ts";
import type { Style } from "./style.ts";

const mostNamed = 4;

/** For stderr: guests that are counted on several nodes, since these show them under one UUID. */
export function renderDuplicates(duplicates: readonly SameGuests[], style: Style): string {
  return duplicates
    .map(({ nodes, guests }) => {
      const named = some(guests.map(({ name }) => name));
      const head = `${some(nodes)} have guests of the same UUIDs (${named}), counted on each: one host under several names?`;
      return `${style.warn("warning:")} ${head}\n  try: mclu list\n`;
    })
    .join("");
}

function some(names: readonly string[]): string {
  const more = names.length - mostNamed;
  return `${names.slice(0, mostNamed).map(clean).join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
