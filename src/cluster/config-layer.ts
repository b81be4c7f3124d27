import type { NodeSettings } from "../node/settings.ts";
import type { Origin, Problems } from "../origin.ts";
import { type NodeKeyName, nodeDefaults, nodeKeys } from "./config-keys.ts";
import type { Base } from "./config-values.ts";

/** What one place (a section, the environment, the command line) says of a node. */
export interface Layer {
  readonly settings: Partial<NodeSettings>;
  readonly origins: ReadonlyMap<NodeKeyName | "host", Origin>;
}

/** A setting as text, before it is read. */
export interface Given {
  readonly key: NodeKeyName;
  readonly text: string;
  readonly origin: Origin;
}

export const emptyLayer: Layer = { settings: {}, origins: new Map() };

/** Reads the values; those that are wrong become problems and are left out. */
export function readLayer(given: readonly Given[], base: Base, problems: Problems): Layer {
  return given.reduce((layer, { key, text, origin }) => {
    const settings = problems.attempt(origin, key, () => nodeKeys[key].read(text, base));
    return settings ? over(layer, { settings, origins: new Map([[key, origin]]) }) : layer;
  }, emptyLayer);
}

/** `upper` beats `lower`, key by key. */
export function over(lower: Layer, upper: Layer): Layer {
  return {
    settings: { ...lower.settings, ...upper.settings },
    origins: new Map([...lower.origins, ...upper.origins]),
  };
}

/** A node's settings from layers of which the later beat the earlier; what none of them says has its default. */
export function settle(name: string, layers: readonly Layer[]): { node: NodeSettings; origins: Layer["origins"] } {
  const { settings, origins } = layers.reduce(over, emptyLayer);
  return { node: { ...nodeDefaults, host: name, ...settings, name }, origins };
}
