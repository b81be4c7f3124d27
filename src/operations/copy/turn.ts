import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { jobQuery } from "../../node/jobs/read.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { endWriters } from "./transfer-shell.ts";

/** Seconds after which a client that gave no sign of itself has lost its turn: the node's own clock tells. */
const lease = 30;

/** Milliseconds between two signs, beside the bytes that come, which are one as well. */
const interval = 8000;

/**
 * Seconds for a sign: a question that is given up ends the connection, and before it a line may have 2 MiB to carry of what is
 * sent, the window of a channel. Where the line is dead that is seen by its keepalive.
 */
const patience = 600;

/** Milliseconds that the last sign, with which the turn is given back, is waited for. */
const farewell = 5000;

/**
 * The turn of one client at bringing a job its files. Of several that go on with one copy one writes, and the others follow
 * it; where that one is gone the next takes over, and what still writes for it is ended.
 */
export interface Turn {
  /** Shell that does `then` where the turn is ours, or can be taken; else it says `other`. */
  readonly take: (part: string, then: string) => string;
  /**
   * Shell that does `then` with its output to the part, where the turn is ours still: what was asked for before may come to
   * the node after another client has taken over, or has brought all, from a client that was stopped meanwhile. Whoever
   * takes over ends what has the part open. A part that is not there any more belonged to a job that has ended: it is not
   * made anew.
   */
  readonly write: (part: string, then: string) => string;
  /** A condition of `sh`: the turn is ours, or nobody's. */
  readonly ours: string;
  /** Gives signs until the end, and then the turn back. */
  readonly hold: (node: Node, signal: AbortSignal) => { readonly end: () => Promise<void> };
}

/** @param directory of the job's own files, which goes with it */
export function turnAt(directory: string): Turn {
  const me = randomUUID();
  const file = quote(`${directory}/turn`);
  const lock = quote(`${directory}/turn-lock`);
  const owner = `"$(cat ${file} 2>/dev/null || :)"`;
  return {
    take: (part, then) => `(
flock -w 10 9 || exit
if [ ${owner} = ${me} ]; then touch ${file}
else
is_fresh() { age=$(($(date +%s) - $(stat -c %Y -- "$1" 2>/dev/null || echo 0))); [ $age -gt -${lease} ] && [ $age -lt ${lease} ]; }
if [ -s ${file} ] && { is_fresh ${file} || is_fresh ${quote(part)}; }; then echo other; exit; fi
echo ${me} >${file} || exit
${endWriters(part)}
fi
${then}
) 9>>${lock}`,
    write: (part, then) => `(
exec 9>>${lock}
flock -w 10 9 && [ ${owner} = ${me} ] || exit
exec 8<${quote(part)} 1<>/proc/self/fd/8 8<&- 9>&-
${then}
)`,
    ours: `case ${owner} in ${me}|'') ;; *) false ;; esac`,
    hold(node, signal) {
      const sign = jobQuery(`if [ ${owner} = ${me} ]; then touch -c ${file}; fi`);
      let pending = false;
      const timer = setInterval(async () => {
        if (pending) return;
        pending = true;
        await node.ask(sign, { seconds: patience, patient: true, signal }).catch(() => undefined);
        pending = false;
      }, interval);
      return {
        async end() {
          clearInterval(timer);
          // without the signal, which an interruption has ended already
          const back = jobQuery(`if [ ${owner} = ${me} ]; then rm -f ${file}; fi`);
          const given = node.ask(back, { seconds: patience, patient: true }).catch(() => undefined);
          const late = new AbortController();
          await Promise.race([given, sleep(farewell, undefined, late).catch(() => undefined)]);
          late.abort();
        },
      };
    },
  };
}
