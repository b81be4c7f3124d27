import { isAbsolute, join } from "node:path";
import { homeDirectory } from "../account.ts";
import { SshSession } from "../node/ssh/session.ts";
import { Cluster } from "./cluster.ts";
import { type ClusterConfig, loadClusterConfig, type Overrides } from "./config.ts";
import type { Conversation } from "./conversation.ts";
import { shippedTemplates } from "./shipped-templates.ts";

export interface OpenOptions {
  /** mclu.conf; absent: `$MCLU_CONFIG` and the usual places. */
  readonly file?: string | undefined;
  readonly overrides?: Overrides | undefined;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What may be asked in passing: unknown host keys, passphrases. Absent: nothing is asked. */
  readonly conversation?: Conversation | undefined;
  /** Ends the wait for a configuration that is a pipe. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The cluster of a configuration. Nothing is contacted before the first question; call `close` at the end.
 * Throws UserError (exit 2) for a configuration that is wrong.
 */
export async function openCluster(options: OpenOptions = {}): Promise<Cluster> {
  const { env = process.env, conversation } = options;
  const config = await readConfig(options);
  const passphrases = conversation?.passphrase;
  const session = new SshSession({ env, cacheDirectory: cacheDirectory(env), passphrases });
  return new Cluster(config, session, conversation);
}

/** The configuration as `openCluster` would use it. */
export function readConfig({
  file,
  overrides,
  env = process.env,
  cwd = process.cwd(),
  signal,
}: OpenOptions): Promise<ClusterConfig> {
  return loadClusterConfig({ file, env, cwd, overrides, shippedTemplates: shippedTemplates(), signal });
}

/** `$XDG_CACHE_HOME/mclu`; a relative path there is ignored, as the XDG specification wants. */
function cacheDirectory(env: Readonly<Record<string, string | undefined>>): string {
  const { XDG_CACHE_HOME: xdg } = env;
  return join(xdg && isAbsolute(xdg) ? xdg : join(homeDirectory(env), ".cache"), "mclu");
}
