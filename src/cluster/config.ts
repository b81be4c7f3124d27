import { basename, join } from "node:path";
import { homeDirectory } from "../account.ts";
import { readIni } from "../ini.ts";
import type { NodeSettings } from "../node/settings.ts";
import { byDefault, type Origin, Problems } from "../origin.ts";
import { type ConfigText, checkKeyFiles, readConfigFile } from "./config-file.ts";
import { environmentKeyNames, environmentVariable, isNodeKey, type NodeKeyName } from "./config-keys.ts";
import { emptyLayer, type Given, type Layer, readLayer, settle } from "./config-layer.ts";
import { readSections, type Stated } from "./config-sections.ts";
import { type Base, readFanout, readPaths } from "./config-values.ts";
import { defaultFanout } from "./default-fanout.ts";

/** What the command line sets for every node, as text: key to value. */
export type Overrides = Readonly<Partial<Record<NodeKeyName | "fanout", string>>>;

export interface LoadOptions {
  /** From `-f`; otherwise the usual places are searched. */
  readonly file?: string | undefined;
  /** A configuration that is in no file yet, in place of any that is. */
  readonly given?: ConfigText | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly overrides?: Overrides | undefined;
  /** Absolute path of the templates that come with mclu: the end of the search path. */
  readonly shippedTemplates?: string | undefined;
  /** Instead of /etc. */
  readonly etc?: string | undefined;
  /** Ends the wait for a configuration that is a pipe. */
  readonly signal?: AbortSignal | undefined;
}

export interface ClusterConfig {
  /** The file, as the user named it; null: there is none, and the cluster is this machine alone. */
  readonly source: string | null;
  /** The same, absolute: what is remembered of a cluster goes by it. */
  readonly path: string | null;
  readonly nodes: readonly NodeSettings[];
  /** Directories in the order they are searched, absolute; they need not exist. */
  readonly templates: readonly string[];
  /** How many nodes are asked at once. */
  readonly fanout: number;
  readonly origins: ConfigOrigins;
}

export interface ConfigOrigins {
  readonly fanout: Origin;
  /** Beside `templates`. */
  readonly templates: readonly Origin[];
  /** By node, then by key; a key that is absent has its default. */
  readonly nodes: ReadonlyMap<string, ReadonlyMap<NodeKeyName | "host", Origin>>;
}

const thisMachine: Stated = {
  global: { settings: { transport: "local" }, origins: new Map() },
  nodes: [{ name: "localhost", layer: emptyLayer }],
  fanout: undefined,
  templates: [],
};

/**
 * The cluster's nodes and settings: command line over environment over node over [mclu] over default. Contacts nothing.
 * Throws one UserError (exit 2) that names all that is wrong, each with its file and line.
 */
export async function loadClusterConfig(options: LoadOptions): Promise<ClusterConfig> {
  const { env, cwd, etc = "/etc" } = options;
  const home = homeDirectory(env);
  const problems = new Problems();
  const here: Base = { directory: cwd, home };
  const found = options.given ?? (await readConfigFile({ ...options, home, etc }));
  const stated = found
    ? readSections(readIni(found.text), found.file, { directory: found.directory, home }, problems)
    : thisMachine;
  const environment = readLayer(fromEnvironment(env), here, problems);
  const commandLine = readLayer(fromOverrides(options.overrides), here, problems);
  const fanout = readFanouts(options, stated, problems);
  const templates = searchPath(options, stated, here, problems);
  await checkKeyFiles([stated.global, ...stated.nodes.map(({ layer }) => layer), environment, commandLine], problems);
  problems.throwIfAny("mclu config check (mclu.conf.example explains every key)");

  const settled = stated.nodes.map(({ name, layer }) => settle(name, [stated.global, layer, environment, commandLine]));
  return {
    source: found?.file ?? null,
    path: found ? join(found.directory, basename(found.file)) : null,
    nodes: settled.map(({ node }) => node),
    templates: templates.map(({ directory }) => directory),
    fanout: fanout.value,
    origins: {
      fanout: fanout.origin,
      templates: templates.map(({ origin }) => origin),
      nodes: new Map<string, Layer["origins"]>(settled.map(({ node, origins }) => [node.name, origins])),
    },
  };
}

function fromEnvironment(env: LoadOptions["env"]): Given[] {
  return environmentKeyNames.flatMap((key) => {
    const variable = environmentVariable(key);
    const text = env[variable];
    // an empty variable is an unset one
    return text ? [{ key, text, origin: { from: "environment", variable } }] : [];
  });
}

function fromOverrides(overrides: Overrides = {}): Given[] {
  return Object.entries(overrides).flatMap(([key, text]) =>
    isNodeKey(key) && text !== undefined ? [{ key, text, origin: { from: "command line", option: `--${key}` } }] : [],
  );
}

function readFanouts({ env, overrides }: LoadOptions, stated: Stated, problems: Problems) {
  const given: { readonly text: string | undefined; readonly origin: Origin }[] = [
    { text: overrides?.fanout, origin: { from: "command line", option: "--fanout" } },
    { text: env["MCLU_FANOUT"] || undefined, origin: { from: "environment", variable: "MCLU_FANOUT" } },
  ];
  const read = given.flatMap(({ text, origin }) => {
    const value = text === undefined ? undefined : problems.attempt(origin, "fanout", () => readFanout(text));
    return value === undefined ? [] : [{ value, origin }];
  });
  return read[0] ?? stated.fanout ?? { value: defaultFanout(), origin: byDefault };
}

/** `$MCLU_PATH`, what mclu.conf says, the shipped ones; each directory once. */
function searchPath({ env, shippedTemplates }: LoadOptions, stated: Stated, here: Base, problems: Problems) {
  const origin: Origin = { from: "environment", variable: "MCLU_PATH" };
  const path = problems.attempt(origin, "templates", () => readPaths(env["MCLU_PATH"] ?? "", here)) ?? [];
  const all = [
    ...path.map((directory) => ({ directory, origin })),
    ...stated.templates,
    ...(shippedTemplates === undefined ? [] : [{ directory: shippedTemplates, origin: byDefault }]),
  ];
  return all.filter(({ directory }, index) => all.findIndex((other) => other.directory === directory) === index);
}
