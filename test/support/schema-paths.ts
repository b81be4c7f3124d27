interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

export interface PublishedSchema {
  readonly oneOf: readonly { readonly $ref: string }[];
  readonly $defs: Readonly<Record<string, Schema>>;
}

/**
 * What every document has for certain, sorted: `list .guests[].vcpus integer|null`. Of several forms each is told by what it
 * alone says: `status .nodes[](state=on).free integer`.
 */
export function requiredPaths(published: PublishedSchema): readonly string[] {
  const resolved = (schema: Schema): Schema =>
    schema.$ref === undefined ? schema : resolved(at(published, schema.$ref) as Schema);
  const forms = (schema: Schema): readonly Schema[] => {
    const whole = resolved(schema);
    return (whole.oneOf ?? whole.anyOf)?.flatMap(forms) ?? [whole];
  };
  const paths = new Set<string>();
  const walk = (schema: Schema, path: string) => {
    const all = forms(schema);
    const objects = all.filter(({ properties }) => properties).length;
    if (!path.endsWith(" ")) paths.add(`${path} ${[...new Set(all.flatMap(typesOf))].sort().join("|")}`);
    for (const form of all) {
      if (form.items) walk(form.items, `${path}[]`);
      for (const label of objects === 1 ? [""] : labelsOf(form))
        for (const name of form.required ?? []) walk(form.properties?.[name] ?? {}, `${path}${label}.${name}`);
    }
  };
  for (const { $ref } of published.oneOf) walk({ $ref }, `${$ref.replace("#/$defs/", "")} `);
  return [...paths].sort();
}

/** `#/$defs/off/properties/node` */
function at(published: unknown, $ref: string): unknown {
  const steps = $ref.split("/").slice(1);
  return steps.reduce((part, step) => (part as Readonly<Record<string, unknown>>)[step], published);
}

function typesOf({ type, const: one, enum: several = [] }: Schema): readonly string[] {
  if (type !== undefined) return typeof type === "string" ? [type] : type;
  const values = one === undefined ? several : [one];
  return values.map((value) => (value === null ? "null" : typeof value));
}

/** One for each value of what tells a form from the others, so that another value changes none of them. */
function labelsOf({ required = [], properties = {} }: Schema): readonly string[] {
  for (const name of required) {
    const { const: one, enum: several = one === undefined ? [] : [one] } = properties[name] ?? {};
    if (several.length > 0) return several.map((value) => `(${name}=${value})`);
  }
  return [`(${required[0]})`];
}
