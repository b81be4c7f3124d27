import { exitCodes, UserError } from "../errors.ts";
import type { ScreenTerminal } from "../operations/raw-terminal.ts";

/** What is sent to a terminal when it is taken and when it is given back. */
interface Manners {
  readonly begin: string;
  readonly end: string;
}

/**
 * What a guest may have left on: colours, a hidden cursor, a scrolling region, keys and mouse that send other codes.
 * Where nothing of it is on nothing of it is seen.
 */
const calm =
  "\x1b[0m\x1b7\x1b[r\x1b8\x1b[?25h\x1b[?7h\x1b[?1l\x1b>\x1b[?2004l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l";

const manners = {
  /** The screen is somebody else's. */
  lent: { begin: "", end: calm },
  /** The alternate screen, without a cursor, on which nothing wraps. */
  whole: { begin: "\x1b[?1049h\x1b[?25l\x1b[?7l", end: "\x1b[0m\x1b[?7h\x1b[?25h\x1b[?1049l" },
} as const;

/** `Terminal.raw` and `Terminal.wholeScreen` of a real process. */
export async function useRaw<T>(
  real: NodeJS.Process,
  how: keyof typeof manners,
  use: (terminal: ScreenTerminal) => Promise<T>,
): Promise<T> {
  const { stdin, stdout } = real;
  if (!stdin.isTTY || !stdout.isTTY)
    throw new UserError("a terminal is wanted, on stdin and stdout", {
      hint: "type it in a terminal, without < and |",
      exitCode: exitCodes.usage,
    });
  const listeners = new Set<() => void>();
  const guard = restoreAtEnd(real, manners[how], () => {
    for (const listener of listeners) listener();
  });
  const sizeNow = () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 });
  try {
    guard.enter();
    // with a terminal that is drawn on, whoever stops the program shall find it as it was
    if (how === "whole") real.on("SIGTSTP", guard.suspend);
    return await use({
      keys: stdin,
      write(bytes) {
        // a timer may come before the signal that the program goes on: the screen is the shell's still
        if (guard.isSuspended() || stdout.write(bytes) || stdout.destroyed) return undefined;
        return new Promise((resolve) => {
          for (const event of ["drain", "close"]) stdout.once(event, () => resolve());
        });
      },
      get size() {
        return sizeNow();
      },
      onResize(listener) {
        const onResize = () => listener(sizeNow());
        stdout.on("resize", onResize);
        return () => void stdout.off("resize", onResize);
      },
      onResume(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
      suspend: guard.suspend,
    });
  } finally {
    real.off("SIGTSTP", guard.suspend);
    guard.leave();
    // else the keyboard would hold the process up
    stdin.pause();
  }
}

/** Raw mode that ends with the process, too. */
function restoreAtEnd(real: NodeJS.Process, { begin, end }: Manners, onResume: () => void) {
  const { stdin, stdout } = real;
  let isRaw = false;
  let isSuspended = false;
  const take = () => {
    isRaw = true;
    stdin.setRawMode(true);
    stdout.write(begin);
  };
  const restore = () => {
    if (!isRaw) return;
    isRaw = false;
    stdin.setRawMode(false);
    stdout.write(end);
  };
  const resume = () => {
    // the shell that had the terminal in between has set it as it likes
    if (!isRaw && !isSuspended) return;
    if (isSuspended) real.on("SIGTSTP", suspend);
    isSuspended = false;
    // stopped by SIGSTOP, which nobody hears of: libuv does nothing where it believes the terminal to be raw already
    if (isRaw) stdin.setRawMode(false);
    take();
    onResume();
  };
  /** As Ctrl-Z does: the shell has the whole job stopped. */
  const suspend = () => {
    if (!isRaw) return;
    restore();
    isSuspended = true;
    real.off("SIGTSTP", suspend);
    real.kill(0, "SIGTSTP");
    // where nobody controls jobs the signal does nothing, and no other one follows
    setTimeout(() => isSuspended && resume(), 200);
  };
  const die = (signal: NodeJS.Signals) => {
    leave();
    real.kill(real.pid, signal);
  };
  const leave = () => {
    restore();
    isSuspended = false;
    real.off("exit", restore).off("SIGCONT", resume).off("SIGTSTP", suspend);
    for (const signal of ["SIGINT", "SIGTERM"] as const) real.off(signal, restore);
    real.off("SIGQUIT", die);
  };
  return {
    enter() {
      take();
      // an exception that nobody catches comes to "exit" as well
      real.on("exit", restore).on("SIGCONT", resume);
      // the program ends by itself, and where it cannot it is killed: with the terminal as it was
      for (const signal of ["SIGINT", "SIGTERM"] as const) real.on(signal, restore);
      real.on("SIGQUIT", die);
    },
    suspend,
    isSuspended: () => isSuspended,
    leave,
  };
}
