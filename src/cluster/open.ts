import { directoriesOf } from "../directories.ts";
import { SshSession } from "../node/ssh/session.ts";
import { Cluster } from "./cluster.ts";
import { type ClusterConfig, loadClusterConfig, type Overrides } from "./config.ts";
import type { ConfigText } from "./config-file.ts";
import type { Conversation } from "./conversation.ts";
import { shippedTemplates } from "./shipped-templates.ts";

export interface OpenOptions {
  /** mclu.conf; absent: `$MCLU_CONFIG` and the usual places. */
  readonly file?: string | undefined;
  /** A configuration that is in no file yet, in place of any that is. */
  readonly given?: ConfigText | undefined;
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
  const directories = directoriesOf(env);
  const session = new SshSession({ env, cacheDirectory: directories.cache, passphrases });
  return new Cluster(config, session, directories, conversation);
}

/** The configuration as `openCluster` would use it. */
export function readConfig({
  file,
  given,
  overrides,
  env = process.env,
  cwd = process.cwd(),
  signal,
}: OpenOptions): Promise<ClusterConfig> {
  return loadClusterConfig({ file, given, env, cwd, overrides, shippedTemplates: shippedTemplates(), signal });
}
