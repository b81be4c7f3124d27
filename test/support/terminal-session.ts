import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { onTerminal } from "./run-built.ts";

/** The built program on a terminal of its own, typed at by a test. */
export interface TerminalSession {
  /** All that came to the screen. */
  screen(): string;
  type(keys: string): void;
  /** Makes the window 10 columns wider and 5 rows higher. */
  grow(): void;
  kill(signal: "SIGINT" | "SIGTERM" | "SIGHUP"): void;
  /** Takes the terminal away, as a window that is closed does. */
  hangUp(): void;
  /** Waits until the screen has something on it that it had not when this was last waited for. */
  until(what: RegExp, seconds?: number): Promise<void>;
  /** `changed` where the program left the terminal's settings other than it found them. */
  readonly ended: Promise<{ readonly code: number | null; readonly screen: string; readonly changed: boolean }>;
}

export const window = { columns: 80, rows: 24 };

export function startOnTerminal(argv: readonly string[], env: Readonly<Record<string, string>>): TerminalSession {
  const [file = "", ...args] = onTerminal(window, argv);
  const child = spawn(file, args, { env, cwd: "/", stdio: "pipe" });
  let screen = "";
  let complaint = "";
  let seen = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    complaint += text;
  });
  child.stdin.on("error", () => undefined);
  const ended = new Promise<Awaited<TerminalSession["ended"]>>((resolve) =>
    child.once("close", (code) => resolve({ code, screen, changed: complaint !== "" })),
  );
  return {
    screen: () => screen,
    type: (keys) => void child.stdin.write(keys),
    grow: () => void child.kill("SIGUSR1"),
    kill: (signal) => void child.kill(signal),
    hangUp: () => void child.kill("SIGKILL"),
    async until(what, seconds = 60) {
      const deadline = Date.now() + seconds * 1000;
      for (;;) {
        const match = what.exec(screen.slice(seen));
        if (match) {
          seen += match.index + match[0].length;
          return;
        }
        if (Date.now() > deadline || child.exitCode !== null)
          throw new Error(`no ${what} within ${seconds} s, but: ${JSON.stringify(screen.slice(-2000))}`);
        await sleep(50);
      }
    },
    ended,
  };
}
