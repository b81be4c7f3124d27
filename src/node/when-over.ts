/** Milliseconds; Node takes a longer timer for one of 1 ms. 24 days, while OpenSSH's ConnectTimeout may be 68 years. */
const longest = 2 ** 31 - 1;

/**
 * Calls back when a time is over and what had arrived by then was read, unless the returned function was called before. Node
 * calls its timers before it looks at its sockets: where this process had no turn for as long (a machine under load, a
 * program loaded from a cold disk), an answer that is long there would come too late.
 */
export function whenOver(seconds: number, over: () => void): () => void {
  let reading: NodeJS.Immediate | undefined;
  const delay = Math.min(seconds * 1000, longest);
  const timer = setTimeout(() => {
    // of a child that has ended it is told only at the end of the turn in which its last words were read
    reading = setImmediate(() => {
      reading = setImmediate(over);
    });
  }, delay);
  return () => {
    clearTimeout(timer);
    clearImmediate(reading);
  };
}
