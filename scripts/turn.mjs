import { connect, createServer } from "node:net";

/** The kernel's own name for it, which goes with whoever holds it, and lies where the networks lie that two would share. */
const place = "\0mclu-test-fleets";

/**
 * Waits until no other run has the networks of the test fleets, and takes them.
 * @param {string} who told to those that wait meanwhile
 * @param {{ signal?: AbortSignal, say?: (line: string) => void, name?: string }} [options] `signal` ends the wait
 * @returns {Promise<() => void>} gives them back
 */
export async function takeTurn(who, { signal, say = console.log, name = place } = {}) {
  for (;;) {
    const release = await hold(name, who);
    if (release) return release;
    if (signal?.aborted) return () => undefined;
    await untilFree(name, say, signal);
  }
}

/**
 * @param {string} name
 * @param {string} who
 * @returns {Promise<(() => void) | undefined>} undefined: somebody else has it
 */
function hold(name, who) {
  /** @type {Set<import("node:net").Socket>} */
  const waiting = new Set();
  const server = createServer((socket) => {
    waiting.add(socket);
    socket.on("error", () => undefined).once("close", () => waiting.delete(socket));
    // and no end: that comes when it is free
    socket.write(`${who}\n`);
  });
  const release = () => {
    server.close();
    for (const socket of waiting) socket.destroy();
  };
  return new Promise((resolve, reject) => {
    server.once("error", (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => resolve(release));
  });
}

/**
 * @param {string} name
 * @param {(line: string) => void} say
 * @param {AbortSignal} [signal]
 * @returns {Promise<void>}
 */
function untilFree(name, say, signal) {
  return new Promise((resolve) => {
    const socket = connect(name);
    const stop = () => socket.destroy();
    signal?.addEventListener("abort", stop, { once: true });
    socket.setEncoding("utf8").on("data", (who) => say(`waiting for the test fleets of ${String(who).trim()}`));
    // refused: it became free just now
    socket
      .on("error", () => undefined)
      .once("close", () => {
        signal?.removeEventListener("abort", stop);
        resolve();
      });
  });
}
