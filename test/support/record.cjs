// Loaded into the built program by NODE_OPTIONS: at its end it writes what the process took, and how long its
// connections lasted, into the file that MCLU_TEST_RECORD names. The program itself is as it is.
const { subscribe } = require("node:diagnostics_channel");
const { writeFileSync } = require("node:fs");
const { monitorEventLoopDelay } = require("node:perf_hooks");

const file = process.env.MCLU_TEST_RECORD;
/** @type {{ address: string, port: number, ms: number }[]} */
const connections = [];
const delay = monitorEventLoopDelay({ resolution: 10 });
delay.enable();
subscribe("net.client.socket", (message) => {
  const { socket } = /** @type {{ socket: import("node:net").Socket }} */ (message);
  const begun = performance.now();
  const connection = { address: "", port: 0, ms: 0 };
  socket.once("connectionAttempt", (address, port) => Object.assign(connection, { address, port }));
  socket.once("close", () => connections.push({ ...connection, ms: performance.now() - begun }));
});
// the programs that it starts are not looked at
delete process.env.NODE_OPTIONS;
process.on("exit", () => {
  if (file === undefined) return;
  const { maxRSS } = process.resourceUsage();
  writeFileSync(file, JSON.stringify({ maxRss: maxRSS * 1024, loopDelay: delay.max / 1e6, connections }));
});
