import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { onTestFinished } from "vitest";

export interface Tmux {
  /** Types text as it is. */
  type(text: string): void;
  /** Presses keys by tmux's names: `Tab`, `Enter`, `C-c`. */
  press(...keys: string[]): void;
  /** The lines on the screen, without blanks at their ends and without empty lines at the bottom. */
  screen(): string;
  /** What tmux knows of the terminal, by its own format: `#{cursor_flag}`. */
  ask(format: string): string;
  /** Closes the terminal under its program, as the window of one is closed. */
  close(): void;
  resize(columns: number, rows: number): void;
  /** Waits until the screen shows this; rejects after so many seconds with what it shows instead. */
  until(shows: string | RegExp, seconds?: number): Promise<string>;
}

/** A program on a real terminal emulator, 100 by 30, which ends with the test. */
export function startTmux(argv: readonly string[], env: Readonly<Record<string, string>>): Tmux {
  const name = `mclu-test-${randomBytes(6).toString("hex")}`;
  const clean = Object.entries(env).map(([key, value]) => `${key}=${value}`);
  const tmux = (...args: string[]) =>
    execFileSync("tmux", ["-L", name, "-f", "/dev/null", ...args], { encoding: "utf8" });
  tmux("new-session", "-d", "-x", "100", "-y", "30", "env", "-i", "TERM=screen", ...clean, ...argv);
  const pane = tmux("display-message", "-p", "#{pane_id}").trimEnd();
  onTestFinished(() => void tmux("kill-server"));
  const screen = () =>
    tmux("capture-pane", "-p")
      .split("\n")
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd();
  return {
    type: (text) => void tmux("send-keys", "-l", "--", text),
    press: (...keys) => void tmux("send-keys", ...keys),
    screen,
    ask: (format) => tmux("display-message", "-p", format).trimEnd(),
    close() {
      // the server goes with its last session, and is to be there at the end of the test
      tmux("new-session", "-d", "sleep", "600");
      tmux("kill-pane", "-t", pane);
    },
    resize: (columns, rows) => void tmux("resize-window", "-x", String(columns), "-y", String(rows)),
    async until(shows, seconds = 30) {
      const deadline = Date.now() + seconds * 1000;
      for (;;) {
        const now = screen();
        if (typeof shows === "string" ? now.includes(shows) : shows.test(now)) return now;
        if (Date.now() > deadline) throw new Error(`the screen never showed ${shows}; it shows:\n${now}`);
        await sleep(50);
      }
    },
  };
}
