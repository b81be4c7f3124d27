import type { Cluster } from "../cluster/cluster.ts";
import type { LoadOptions } from "../cluster/config.ts";
import type { Prompter } from "../operations/prompter.ts";
import type { Style } from "../render/style.ts";
import type { Terminal } from "../render/terminal.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** What every command is given. */
export interface Context {
  readonly terminal: Terminal;
  readonly env: Environment;
  /** Aborted by Ctrl-C and SIGTERM. */
  readonly signal: AbortSignal;
  /** Says that something is changed from now on: its exit code holds, also where nobody reads the answer. */
  changes(): void;
  /** Says that a command's output is passed on, which is given up where nobody reads it: what becomes of it nobody knows. */
  relays(): void;
  /** Asks for so many milliseconds after an interruption, for what has to be undone on a node. */
  takeTime(milliseconds: number): void;
  /** How this very program is called, for programs that call it. */
  readonly self: readonly string[];
  /** For stdout; `warnings` for stderr. */
  readonly style: Style;
  readonly warnings: Style;
  /** Asks the user; undefined where nobody is there to answer. */
  readonly prompter: Prompter | undefined;
  /** Which configuration the environment and the global options name. */
  configuration(): LoadOptions;
  /** Reads the configuration, gives the cluster to `use` and closes it afterwards, whatever happened. */
  withCluster(
    use: (cluster: Cluster) => Promise<number>,
    options?: {
      /** Whether host keys and passphrases may be asked for; default yes, where there is a terminal. */
      readonly mayAsk?: boolean;
      /** Beside the environment, for what is run on the way to a node. */
      readonly mark?: Environment;
    },
  ): Promise<number>;
  /** A command's action reports its exit code here: one of `exitCodes`, or a remote command's. */
  finish(code: number): void;
}
