import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { attentiveTerminal } from "../../src/render/attentive-terminal.ts";
import { liveBlocks } from "../../src/render/live.ts";
import { type MemoryTerminalOptions, memoryTerminal } from "../support/memory-terminal.ts";
import { screenText } from "../support/screen.ts";

const tty = { columns: 40, rows: 10 };

/** A terminal that somebody watches while ham0 owes an answer, and others as they are added. */
function watched(options: MemoryTerminalOptions = { tty }) {
  const base = memoryTerminal(options);
  const terminal = attentiveTerminal(base);
  const owed = new Map<string, number>();
  const owes = (name: string) => void owed.set(name, performance.now());
  owes("ham0");
  const end = terminal.watch(() => [...owed].map(([name, since]) => ({ name, since })));
  return { base, terminal, owed, owes, end, screen: () => screenText(base.both, tty.columns, tty.rows).trimEnd() };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("a terminal on which a node is awaited", () => {
  it("says so after a second, for how long, and which others, and is as it was at the end", () => {
    const { owed, owes, end, screen } = watched();
    vi.advanceTimersByTime(999);
    expect(screen()).toBe("");
    vi.advanceTimersByTime(2001);
    expect(screen()).toBe("until ham0 answers ... 3s");
    owes("ham\x1b[2J1");
    owes("a-node-with-a-long-name");
    vi.advanceTimersByTime(900);
    expect(screen()).toBe("until ham0 answers ... 3s");
    vi.advanceTimersByTime(100);
    expect(screen()).toMatch(/^until 3 nodes answer ... 4s {2}ham0 ham\\…$/);
    expect(screen().length).toBe(39);
    owed.clear();
    vi.advanceTimersByTime(100);
    expect(screen()).toBe("");
    owes("ham1");
    vi.advanceTimersByTime(900);
    expect(screen()).toBe("");
    vi.advanceTimersByTime(100);
    expect(screen()).toBe("until ham1 answers ... 1s");
    end();
    vi.advanceTimersByTime(5000);
    expect(screen()).toBe("");
  });

  it("names no node that answers each of many questions at once", () => {
    const { base, owed, owes } = watched();
    for (let question = 0; question < 10; question++) {
      owes("ham0");
      vi.advanceTimersByTime(300);
      owed.clear();
      vi.advanceTimersByTime(1000);
    }
    expect(base.both).toBe("");
  });

  it("has it gone before anything is said, and again below it after another second", () => {
    const { terminal, screen } = watched();
    vi.advanceTimersByTime(1000);
    terminal.err("off: ham3\n");
    expect(screen()).toBe("off: ham3");
    vi.advanceTimersByTime(1000);
    expect(screen()).toBe("off: ham3\nuntil ham0 answers ... 2s");
    terminal.out("the answer\n");
    expect(screen()).toBe("off: ham3\nthe answer");
  });

  it("leaves a drawing of the command's own alone, and speaks again when that is over", () => {
    const { terminal, screen } = watched();
    vi.advanceTimersByTime(1000);
    const live = liveBlocks(terminal, ["own"], () => "ham0 ...\n");
    vi.advanceTimersByTime(5000);
    expect(screen()).toBe("ham0 ...");
    live?.update("own", "ham0 on\n");
    live?.done();
    vi.advanceTimersByTime(1000);
    expect(screen()).toBe("ham0 on\nuntil ham0 answers ... 7s");
  });

  it("does not write into a question, nor into text that may end in the middle of a line", async () => {
    let asked = () => {};
    const input = [
      () => {
        vi.advanceTimersByTime(5000);
        asked();
        return "yes";
      },
    ];
    const { terminal, base, screen } = watched({ tty, input });
    vi.advanceTimersByTime(1000);
    asked = () => expect(screen()).toBe("");
    expect(await terminal.readLine("sure? ")).toBe("yes");
    vi.advanceTimersByTime(1000);
    expect(screen()).toBe("sure? yes\nuntil ham0 answers ... 7s");
    terminal.pour("stdout", "50%");
    const before = base.both;
    vi.advanceTimersByTime(5000);
    expect(base.both).toBe(before);
    expect(screen()).toBe("sure? yes\n50%");
  });

  it("says nothing where the answer goes into a pipe", () => {
    const { base } = watched({ tty, piped: true });
    vi.advanceTimersByTime(5000);
    expect(base.both).toBe("");
  });
});
