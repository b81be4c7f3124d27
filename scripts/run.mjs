import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The checkout, whatever directory the command was typed in. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/**
 * @typedef {object} RunOptions
 * @property {NodeJS.ProcessEnv} [env]
 * @property {AbortSignal} [signal] ends the command and all it started
 * @property {"show" | "collect"} [output] on the screen (default), or returned
 * @property {string} [cwd] default the checkout
 */

/**
 * Runs a command to its end; nothing it asks is ever answered. Never rejects: a command that cannot be started has the
 * code 127, one that a signal ended 128.
 * @param {readonly string[]} argv
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, stdout: string }>}
 */
export function run([file = "", ...args], { env = process.env, signal, output = "show", cwd = root } = {}) {
  if (signal?.aborted) return Promise.resolve({ code: 128, stdout: "" });
  return new Promise((resolve) => {
    const collects = output === "collect";
    // a process group of its own when it may have to be ended as a whole
    const child = spawn(file, args, {
      cwd,
      env,
      detached: signal !== undefined,
      stdio: ["ignore", collects ? "pipe" : "inherit", collects ? "pipe" : "inherit"],
    });
    let stdout = "";
    child.stdout?.setEncoding("utf8").on("data", (text) => {
      stdout += text;
    });
    child.stderr?.resume();
    const stop = () => child.pid !== undefined && endGroup(child.pid);
    signal?.addEventListener("abort", stop, { once: true });
    const settle = (/** @type {number} */ code) => {
      signal?.removeEventListener("abort", stop);
      resolve({ code, stdout });
    };
    child.once("error", (error) => {
      if (!collects) console.error(`${file}: ${error.message}`);
      settle(127);
    });
    child.once("close", (code) => settle(code ?? 128));
  });
}

/**
 * Asks a process group to end, and makes it.
 * @param {number} pid
 */
function endGroup(pid) {
  const kill = (/** @type {NodeJS.Signals} */ signal) => {
    try {
      process.kill(-pid, signal);
    } catch {
      // it is gone already
    }
  };
  kill("SIGTERM");
  setTimeout(kill, 5000, "SIGKILL").unref();
}
