import { stat } from "node:fs/promises";
import { type ClusterConfig, type LoadOptions, loadClusterConfig } from "../cluster/config.ts";
import { type NodeKeyName, nodeKeyNames, nodeKeys, type SettingValue } from "../cluster/config-keys.ts";
import { byDefault, formatOrigin } from "../origin.ts";

export interface ConfigSetting {
  readonly key: NodeKeyName | "host" | "fanout";
  /** null: not set, which leaves it to ssh or to what the command needs. */
  readonly value: SettingValue;
  readonly unit?: "bytes" | "seconds";
  /** `default`, `FILE:LINE`, `environment VARIABLE` or `command line --OPTION`. */
  readonly origin: string;
}

export interface ConfigReport {
  /** As the user named it; null: there is none, and the cluster is this machine alone. */
  readonly file: string | null;
  readonly fanout: ConfigSetting;
  /** Directories in the order they are searched. */
  readonly templates: readonly { readonly directory: string; readonly origin: string }[];
  readonly nodes: readonly { readonly node: string; readonly settings: readonly ConfigSetting[] }[];
}

export interface ConfigCheck {
  readonly file: string | null;
  readonly nodes: readonly string[];
  /** What is allowed and still hardly meant, each with its origin. */
  readonly warnings: readonly string[];
}

/** Every setting that is in force, and where it was made. Throws as loadClusterConfig does. */
export async function showConfig(options: LoadOptions): Promise<ConfigReport> {
  const config = await loadClusterConfig(options);
  const { origins } = config;
  return {
    file: config.source,
    fanout: { key: "fanout", value: config.fanout, origin: formatOrigin(origins.fanout) },
    templates: templateOrigins(config),
    nodes: config.nodes.map((node) => {
      const from = (key: NodeKeyName | "host") => formatOrigin(origins.nodes.get(node.name)?.get(key) ?? byDefault);
      const settings = nodeKeyNames.map((key): ConfigSetting => {
        const known = nodeKeys[key];
        const value = known.value(node);
        return { key, value, ...("unit" in known && { unit: known.unit }), origin: from(key) };
      });
      return { node: node.name, settings: [{ key: "host", value: node.host, origin: from("host") }, ...settings] };
    }),
  };
}

/** Reads the configuration and contacts nothing. Throws UserError (exit 2) with all that is wrong, file and line. */
export async function checkConfig(options: LoadOptions): Promise<ConfigCheck> {
  const config = await loadClusterConfig(options);
  // directories of a search path may be missing, but one that somebody wrote down was meant to be there
  const named = templateOrigins(config).filter(({ origin }) => origin !== formatOrigin(byDefault));
  const missing = await Promise.all(
    named.map(async ({ directory, origin }) =>
      (await isDirectory(directory)) ? [] : [`${origin}: templates: no directory ${directory}`],
    ),
  );
  return { file: config.source, nodes: config.nodes.map(({ name }) => name), warnings: missing.flat() };
}

function templateOrigins({ templates, origins }: ClusterConfig): ConfigReport["templates"] {
  return templates.map((directory, index) => ({
    directory,
    origin: formatOrigin(origins.templates[index] ?? byDefault),
  }));
}

async function isDirectory(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
