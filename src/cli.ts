import { exitCodes } from "./errors.ts";
import { main } from "./main.ts";
import { processTerminal } from "./render/process-terminal.ts";

/** Milliseconds from an interruption to the end of the process, whatever it still waits for. */
const lastResort = 5000;

const interruption = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    interruption.abort();
    // what cannot be interrupted (a name server, a named pipe that nobody writes) shall not hold the user up: by then
    // nobody listens to the signal any more, and it ends the process
    setTimeout(() => process.kill(process.pid, signal), lastResort).unref();
  });
// a reader that has seen enough (`| head -1`) is no error, and what a node still has to say is for nobody
process.stdout.on("error", ({ code, message }: NodeJS.ErrnoException) => {
  if (code === "EPIPE") process.exit(0);
  process.stderr.write(`error: stdout cannot be written: ${code ?? message}\n`);
  process.exit(exitCodes.failed);
});
// who closed stderr, or lets it run into a full disk, shall have the answer and its exit code all the same
process.stderr.on("error", () => undefined);

void main({
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  terminal: processTerminal(process),
  signal: interruption.signal,
}).then((code) => {
  process.exitCode = code;
});
