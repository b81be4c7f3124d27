import { Worker } from "node:worker_threads";

/** Seconds on one input after which it is taken to hang for ever. */
const patience = 90;

/**
 * Watches a loop that nothing inside this thread could interrupt. A hang is named on stderr, and ends the process, since a
 * thread that never returns can be ended in no other way.
 */
export function watch(what: string, seconds = patience): { readonly beat: (count?: number) => void; stop(): void } {
  const beats = new Int32Array(new SharedArrayBuffer(4));
  const code = `
    const { workerData: { beats, what, seconds } } = require("node:worker_threads");
    let last = -1;
    setInterval(() => {
      if (beats[0] === last) {
        require("node:fs").writeSync(2, "hangs: " + what + ", input " + last + "\\n");
        process.kill(process.pid, "SIGKILL");
      }
      last = beats[0];
    }, seconds * 1000);`;
  const worker = new Worker(code, { eval: true, workerData: { beats, what, seconds } });
  worker.unref();
  return {
    beat() {
      beats[0] = (beats[0] ?? 0) + 1;
    },
    stop: () => void worker.terminate(),
  };
}
