import { jobQuery } from "../node/jobs/read.ts";
import type { Node } from "../node/node.ts";
import { quote } from "../node/shell.ts";

/** What a job that waits for us cannot see. */
export interface Activity {
  /** Something came or went. */
  readonly moved: () => void;
  /** What takes its time, and shows nothing meanwhile. */
  readonly during: <T>(work: Promise<T>) => Promise<T>;
}

/** Milliseconds between two marks; a job waits fifteen minutes for one. */
const interval = 60_000;
/** For a node whose line is full of what is sent: a question that is given up ends the connection. */
const seconds = 600;

/**
 * Tells a job that waits for us that we are at work, by a mark of that path which it removes: in each minute in which
 * something went on. A mark that could not be made is made a minute later. Settles as `work` does.
 */
export async function keepAlive<T>(
  node: Node,
  mark: string,
  signal: AbortSignal | undefined,
  work: (activity: Activity) => Promise<T>,
): Promise<T> {
  let [hasMoved, running, isTelling] = [false, 0, false];
  const tell = async () => {
    if (isTelling || (!hasMoved && running === 0)) return;
    [hasMoved, isTelling] = [false, true];
    await node.ask(jobQuery(`true >${quote(mark)}`), { seconds, patient: true, signal }).catch(() => undefined);
    isTelling = false;
  };
  const timer = setInterval(tell, interval);
  const moved = () => {
    hasMoved = true;
  };
  const during = <U>(slow: Promise<U>) => {
    running++;
    return slow.finally(() => {
      running--;
    });
  };
  try {
    return await work({ moved, during });
  } finally {
    clearInterval(timer);
  }
}
