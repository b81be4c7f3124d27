export interface Paced {
  /** Runs it now, or as soon as its pace allows. */
  request(): void;
  /** Nothing runs any more. */
  stop(): void;
}

/**
 * Runs something that costs time, for at most a fifth of the time: what shows everything known so far each time that a
 * node has answered would otherwise cost the square of the number of nodes.
 */
export function paced(run: () => void): Paced {
  let timer: NodeJS.Timeout | undefined;
  let notBefore = 0;
  const runNow = () => {
    timer = undefined;
    const started = performance.now();
    run();
    const ended = performance.now();
    notBefore = ended + 4 * (ended - started);
  };
  return {
    request() {
      if (timer) return;
      const wait = notBefore - performance.now();
      if (wait <= 0) runNow();
      else timer = setTimeout(runNow, wait);
    },
    stop: () => clearTimeout(timer),
  };
}
