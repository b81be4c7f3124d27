import { currentAccount } from "../account.ts";
import type { LoadOptions } from "../cluster/config.ts";
import { directoriesOf } from "../directories.ts";
import { readKnownJobs } from "../state/known-jobs.ts";
import { readLastSeen } from "../state/last-seen.ts";
import { checkConfig } from "./config.ts";
import { ownCommand } from "./own-command.ts";

/** A cluster as this machine remembers it. */
export interface WhatIsKnown {
  /** As the user named it; null: there is none. */
  readonly file: string | null;
  /** How mclu is called so that it reads this file, for a shell. */
  readonly command: string;
  readonly nodes: readonly string[];
  /** Whether any of the nodes ever answered. */
  readonly asked: boolean;
  /** How many guests the nodes had when they last answered. */
  readonly guests: number;
  /** How many jobs ran when that was last seen. */
  readonly jobs: number;
}

/** What is remembered of a cluster. Contacts nothing. Throws UserError (exit 2) for a configuration that is wrong. */
export async function whatIsKnown(options: LoadOptions): Promise<WhatIsKnown> {
  const { file, nodes } = await checkConfig(options);
  const place = [directoriesOf(options.env).cache, file ?? "", currentAccount().uid] as const;
  const seen = readLastSeen(...place).filter(({ node }) => nodes.includes(node));
  return {
    ...{ file, command: ownCommand(options), nodes, asked: seen.length > 0 },
    guests: seen.reduce((sum, { guests }) => sum + guests.length, 0),
    jobs: readKnownJobs(...place).filter(({ live }) => live).length,
  };
}
