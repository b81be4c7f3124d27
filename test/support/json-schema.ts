import { readFileSync } from "node:fs";
import { Ajv2020, type ValidateFunction } from "ajv/dist/2020.js";

const published = JSON.parse(readFileSync(new URL("../../schema/mclu.schema.json", import.meta.url), "utf8"));

/** Every kind of document that the published schema describes. */
export const kindsOfDocuments: readonly string[] = published.oneOf.map(({ $ref }: { readonly $ref: string }) =>
  $ref.replace("#/$defs/", ""),
);

/**
 * The published schema, closed: users' validators let fields be added, our tests don't, so that nothing is printed that is
 * not described.
 */
function closed(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(closed);
  if (typeof schema !== "object" || schema === null) return schema;
  const copy = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, closed(value)]));
  return "properties" in copy && !("additionalProperties" in copy) ? { ...copy, additionalProperties: false } : copy;
}

const ajv = new Ajv2020({ allErrors: false, allowUnionTypes: true });
ajv.addSchema(closed(published) as object, "mclu");
const byKind = new Map<string, ValidateFunction>();

/** Parses what `-o json` printed and throws unless it is what the schema says of its kind. */
export function parseDocument<T = Record<string, unknown>>(text: string): T & { schema: 1; kind: string } {
  const document = JSON.parse(text);
  const kind = String(document.kind);
  const validate = byKind.get(kind) ?? ajv.compile({ $ref: `mclu#/$defs/${kind}` });
  byKind.set(kind, validate);
  if (!validate(document)) throw new Error(`${kind}: ${ajv.errorsText(validate.errors)}\n${text.slice(0, 2000)}`);
  return document as T & { schema: 1; kind: string };
}
