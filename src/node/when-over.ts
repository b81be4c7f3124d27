/** Milliseconds; Node takes a longer timer for one of 1 ms. 24 days, while OpenSSH's ConnectTimeout may be 68 years. */
const longest = 2 ** 31 - 1;

/** Milliseconds by which a timer is late where this process stood still, and was not merely busy. */
const stoodStill = 1000;

export interface Clock {
  /** Whether the process stays for it; default true. */
  readonly holds?: boolean;
}

/**
 * Calls back when a time is over and what had arrived by then was read, unless the returned function was called before. Node
 * calls its timers before it looks at its sockets: where this process had no turn for as long (a machine under load, a
 * program loaded from a cold disk), an answer that is long there would come too late. Where it stood still (Ctrl-Z and `fg`,
 * SIGSTOP), nobody could say or hear anything: the time begins anew.
 */
export function whenOver(seconds: number, over: () => void, { holds = true }: Clock = {}): () => void {
  let reading: NodeJS.Immediate | undefined;
  let timer: NodeJS.Timeout | undefined;
  const delay = Math.min(seconds * 1000, longest);
  const begin = () => {
    const due = performance.now() + delay;
    timer = setTimeout(() => {
      if (performance.now() - due > stoodStill) return begin();
      // of a child that has ended it is told only at the end of the turn in which its last words were read
      reading = setImmediate(() => {
        reading = setImmediate(over);
      });
    }, delay);
    if (!holds) timer.unref();
  };
  begin();
  return () => {
    clearTimeout(timer);
    clearImmediate(reading);
  };
}
