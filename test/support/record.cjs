// Loaded into the built program by NODE_OPTIONS: at its end it writes what the process took, and how long its
// connections lasted, into the file that MCLU_TEST_RECORD names. The program itself is as it is.
const { subscribe } = require("node:diagnostics_channel");
const { writeFileSync } = require("node:fs");

const file = process.env.MCLU_TEST_RECORD;
/** @type {{ address: string, port: number, ms: number }[]} */
const connections = [];
/** Sockets that may still reach somebody, and the most there ever were: servers learn of an end late, and out of turn. */
const open = new Set();
let peak = 0;
/** Milliseconds between two looks. */
const interval = 5;
let longestTurn = 0;
let kept = 0;
let before = { time: performance.now(), cpu: process.cpuUsage() };
// a look is late by as long as the program could not attend to its timers: what it did itself then took its CPU time,
// and the rest it was kept waiting
setInterval(() => {
  const now = { time: performance.now(), cpu: process.cpuUsage() };
  const worked = (now.cpu.user + now.cpu.system - before.cpu.user - before.cpu.system) / 1000;
  // reading the configuration and starting ssh -G for all of them is done before there is a deadline to keep
  if (connections.length > 0 || open.size > 0) longestTurn = Math.max(longestTurn, worked);
  kept = Math.max(kept, now.time - before.time - interval - worked);
  before = now;
}, interval).unref();
subscribe("net.client.socket", (message) => {
  const { socket } = /** @type {{ socket: import("node:net").Socket }} */ (message);
  const begun = performance.now();
  for (const other of open) if (other.destroyed) open.delete(other);
  peak = Math.max(peak, open.add(socket).size);
  const connection = { address: "", port: 0, ms: 0 };
  socket.once("connectionAttempt", (address, port) => Object.assign(connection, { address, port }));
  socket.once("close", () => {
    open.delete(socket);
    connections.push({ ...connection, ms: performance.now() - begun });
  });
});
// the programs that it starts are not looked at
delete process.env.NODE_OPTIONS;
process.on("exit", () => {
  if (file === undefined) return;
  const { maxRSS } = process.resourceUsage();
  writeFileSync(file, JSON.stringify({ maxRss: maxRSS * 1024, longestTurn, kept, peak, connections }));
});
