import { currentAccount } from "../account.ts";
import { directoriesOf } from "../directories.ts";
import { UserError } from "../errors.ts";
import { type JournalEntry, readJournal } from "../state/journal.ts";
import { matchGlob, parseGuestSelector } from "./guest-selector.ts";

export interface HistoryOptions {
  /** Names, UUIDs, NODE/GUEST, globs; none: every guest. */
  readonly guests?: readonly string[];
  /** The last so many. */
  readonly limit?: number | undefined;
  /** The environment, which says where the journal is. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export interface HistoryReport {
  /** Oldest first. */
  readonly entries: readonly JournalEntry[];
}

/** What this user changed from this machine. Contacts no node. Throws UserError where the journal cannot be read. */
export function history({ guests = [], limit, env }: HistoryOptions): HistoryReport {
  const wanted = guests.map(matcher);
  const entries = read(directoriesOf(env).state).filter(
    (entry) => wanted.length === 0 || wanted.some((isWanted) => isWanted(entry)),
  );
  return { entries: limit === undefined ? entries : entries.slice(Math.max(0, entries.length - limit)) };
}

function read(directory: string): readonly JournalEntry[] {
  try {
    return readJournal(directory, currentAccount().uid);
  } catch (error) {
    throw new UserError(`the journal in ${directory} cannot be read`, {
      hint: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
}

/** As `findGuests` takes them, for guests and nodes that may be gone. */
function matcher(text: string): (entry: JournalEntry) => boolean {
  return ({ node, guest, uuid }) => {
    const selector = parseGuestSelector(text, [node]);
    const readings = [selector, ...(selector.alternative ? [selector.alternative] : [])];
    return readings.some(
      ({ scope, name }) =>
        (scope === undefined || matchGlob(scope)(node)) &&
        (name === guest || name.toLowerCase() === uuid || matchGlob(name)(guest)),
    );
  };
}
