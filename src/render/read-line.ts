import type { Interface } from "node:readline/promises";

/** Milliseconds after which nobody has stopped this program, or it goes on already. */
const stopping = 200;

/**
 * Asks for a line on a real terminal; undefined where nobody answers. Prompts are conversation: they go to stderr, and stdout
 * stays the answer.
 */
export async function readLine(real: NodeJS.Process, prompt: string, hidden: boolean): Promise<string | undefined> {
  const { stdin, stderr } = real;
  const { createInterface } = await import("node:readline/promises");
  const { Writable } = await import("node:stream");
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const lines = createInterface({ input: stdin, output: hidden ? silent : stderr, terminal: stdin.isTTY === true });
  const closed = new Promise<undefined>((resolve) => lines.once("close", () => resolve(undefined)));
  // readline itself must draw the prompt: it redraws the line as it is edited
  const showHidden = () => hidden && stderr.write(prompt);
  const takeSignals = answerSignals(real, lines, showHidden);
  showHidden();
  try {
    const typed = await Promise.race([lines.question(hidden ? "" : prompt), closed]);
    // the signal takes its way through the kernel; what was typed behind Ctrl-C is no answer
    const interrupted = await takeSignals.interrupted();
    const answer = interrupted ? undefined : typed;
    // the user's own newline is on the screen already, unless nothing was typed or nothing shows
    if (hidden || answer === undefined) stderr.write("\n");
    return answer;
  } finally {
    lines.close();
    takeSignals.stop();
  }
}

/** What signals and their keys do to a question, and that the terminal is as it was when the program goes, or stands still. */
function answerSignals(real: NodeJS.Process, lines: Interface, redraw: () => void) {
  const { stdin } = real;
  // readline sets the terminal raw, where Ctrl-C is only a byte; whoever listens to the signal does so before us
  let interrupted: Promise<void> | undefined;
  lines.on("SIGINT", () => {
    interrupted = new Promise((heard) => real.once("SIGINT", () => heard()));
    real.kill(real.pid, "SIGINT");
  });
  const interrupt = () => lines.close();
  // of a terminal that is gone, also when readline sets it back, in the middle of its end: nobody answers
  const onLost = () => setImmediate(interrupt);
  for (const source of [stdin, lines]) source.on("error", onLost);
  for (const signal of ["SIGINT", "SIGTERM"] as const) real.once(signal, interrupt);
  // it kills, as it would without us
  const quit = () => {
    lines.close();
    real.kill(real.pid, "SIGQUIT");
  };
  real.once("SIGQUIT", quit);
  const dismissSuspension = askAgain(real, lines, redraw);
  return {
    /** Whether Ctrl-C was typed; settles once everybody has heard of it. */
    async interrupted(): Promise<boolean> {
      await interrupted;
      return interrupted !== undefined;
    },
    stop() {
      dismissSuspension();
      stdin.off("error", onLost);
      for (const signal of ["SIGINT", "SIGTERM"] as const) real.off(signal, interrupt);
      real.off("SIGQUIT", quit);
    },
  };
}

/**
 * Ctrl-Z at a question: the shell has the whole job stopped, and `fg` asks again. readline's own way (Node 20) reads nothing
 * any more when it comes back, not even Ctrl-C, and shows what is typed hidden where nobody controls jobs. SIGSTOP from
 * elsewhere nobody hears of, and the shell has set the terminal to show what is typed.
 */
function askAgain(real: NodeJS.Process, lines: Interface, redraw: () => void): () => void {
  const { stdin } = real;
  let timer: NodeJS.Timeout | undefined;
  let asked = Number.NEGATIVE_INFINITY;
  const goOn = () => {
    clearTimeout(timer);
    // libuv does nothing where it believes the terminal to be raw already
    stdin.setRawMode(false);
    stdin.setRawMode(true);
    // the timer may come before the signal that the program goes on
    if (performance.now() - asked < stopping) return;
    asked = performance.now();
    redraw();
    lines.prompt(true);
  };
  const dismiss = () => {
    clearTimeout(timer);
    real.off("SIGCONT", goOn);
  };
  if (stdin.isTTY) real.on("SIGCONT", goOn);
  lines.on("SIGTSTP", () => {
    // however soon after the last time
    asked = Number.NEGATIVE_INFINITY;
    stdin.setRawMode(false);
    real.kill(0, "SIGTSTP");
    timer = setTimeout(goOn, stopping);
  });
  lines.once("close", dismiss);
  return dismiss;
}
