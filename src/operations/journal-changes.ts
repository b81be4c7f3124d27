import { currentAccount } from "../account.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { appendJournal } from "../state/journal.ts";
import type { ChangeOutcome } from "./change-report.ts";
import type { GuestResult } from "./guest-result.ts";
import type { MoveResult } from "./move/move-report.ts";

/** What commands say that they came to, as the journal has it. */
export type JournaledOutcome = ChangeOutcome | GuestResult["outcome"] | MoveResult["outcome"] | "exported";

interface Journaled {
  readonly node: string;
  readonly name: string;
  readonly uuid: string;
  readonly outcome: JournaledOutcome;
  readonly seconds: number;
}

/** Writes down what was done to a guest, at once: a run that is killed leaves what it had done. Gives what kept it from that. */
export function journalChange(cluster: Cluster, command: string, result: Journaled): string | undefined {
  const { node, name: guest, uuid, outcome, seconds } = result;
  const { user } = currentAccount();
  const entry = { time: Math.floor(Date.now() / 1000), user, command, node, guest, uuid, outcome, seconds };
  try {
    appendJournal(cluster.directories.state, [entry]);
    return undefined;
  } catch (error) {
    return `the journal was not written: ${error instanceof Error ? error.message : String(error)}`;
  }
}
