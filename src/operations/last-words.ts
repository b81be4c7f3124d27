import type { FollowEvent } from "../node/jobs/follow.ts";

/** Keeps the line of a job's log that may tell why a stage failed. */
export interface LastWords {
  hear(event: FollowEvent): void;
  /** undefined: the stage said nothing. */
  readonly line: string | undefined;
}

/** Characters that are kept of a line. */
const longest = 300;

/**
 * The last line of the stage with `error:` in it, or else its last line: libguestfs ends with advice how to report bugs.
 * Where nothing follows on that line, virt-builder goes on with the script that failed, and what that said is before it:
 * `E: Unable to locate package`. For people only; nothing is decided by it.
 */
export function lastWords(): LastWords {
  let last: string | undefined;
  let error: string | undefined;
  return {
    hear(event) {
      if (event.kind === "stage") last = error = undefined;
      if (event.kind !== "log" || event.line.trim() === "") return;
      const line = event.line.trim().slice(0, longest);
      if (/\berror:/i.test(line)) error = line.endsWith(":") ? (last ?? line) : line;
      last = line;
    },
    get line() {
      return error ?? last;
    },
  };
}
