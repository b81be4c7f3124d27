import { exitCodes, UserError } from "../errors.ts";
import type { RawTerminal } from "../operations/raw-terminal.ts";

/**
 * What a guest may have left on: colours, a hidden cursor, a scrolling region, keys and mouse that send other codes.
 * Where nothing of it is on nothing of it is seen.
 */
const calm =
  "\x1b[0m\x1b7\x1b[r\x1b8\x1b[?25h\x1b[?7h\x1b[?1l\x1b>\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l";

/** `Terminal.raw` of a real process. */
export async function useRaw<T>(real: NodeJS.Process, use: (terminal: RawTerminal) => Promise<T>): Promise<T> {
  const { stdin, stdout } = real;
  if (!stdin.isTTY || !stdout.isTTY)
    throw new UserError("a terminal is wanted, on stdin and stdout", {
      hint: "type it in a terminal, without < and |",
      exitCode: exitCodes.usage,
    });
  const guard = restoreAtEnd(real);
  const sizeNow = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  try {
    guard.enter();
    return await use({
      keys: stdin,
      write: (bytes) =>
        stdout.write(bytes) || stdout.destroyed
          ? undefined
          : new Promise((resolve) => {
              for (const event of ["drain", "close"]) stdout.once(event, () => resolve());
            }),
      get size() {
        return sizeNow();
      },
      onResize(listener) {
        const onResize = () => listener(sizeNow());
        stdout.on("resize", onResize);
        return () => void stdout.off("resize", onResize);
      },
    });
  } finally {
    guard.leave();
    // else the keyboard would hold the process up
    stdin.pause();
  }
}

/** Raw mode that ends with the process, too. */
function restoreAtEnd(real: NodeJS.Process) {
  const { stdin, stdout } = real;
  let isRaw = false;
  const restore = () => {
    if (!isRaw) return;
    isRaw = false;
    stdin.setRawMode(false);
    stdout.write(calm);
  };
  // the shell that had the terminal in between has set it as it likes
  const resume = () => void (isRaw && stdin.setRawMode(true));
  const die = (signal: NodeJS.Signals) => {
    leave();
    real.kill(real.pid, signal);
  };
  const leave = () => {
    restore();
    real.off("exit", restore).off("SIGCONT", resume);
    for (const signal of ["SIGINT", "SIGTERM"] as const) real.off(signal, restore);
    real.off("SIGQUIT", die);
  };
  return {
    enter() {
      isRaw = true;
      stdin.setRawMode(true);
      // an exception that nobody catches comes to "exit" as well
      real.on("exit", restore).on("SIGCONT", resume);
      // the program ends by itself, and where it cannot it is killed: with the terminal as it was
      for (const signal of ["SIGINT", "SIGTERM"] as const) real.on(signal, restore);
      real.on("SIGQUIT", die);
    },
    leave,
  };
}
