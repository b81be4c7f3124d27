import { type LiveBlocks, liveBlocks } from "./live.ts";
import type { Terminal } from "./terminal.ts";
import { type AwaitedNode, attention, awaitedLine, glance } from "./waiting.ts";

export interface AttentiveTerminal extends Terminal {
  /**
   * From now on a line says which nodes have owed an answer for a second, wherever nothing has been said for as long and
   * nothing else is drawn; whatever is said takes it off. Call what is returned at the end.
   * @param awaited the nodes that owe an answer at the moment
   */
  watch(awaited: () => readonly AwaitedNode[]): () => void;
}

/** A terminal that leaves nobody wondering: a plan, or a look, has nothing to say before the slowest node has answered. */
export function attentiveTerminal(base: Terminal): AttentiveTerminal {
  const { stdoutIsTty, stderrIsTty, stdinIsTty } = base;
  let awaited: (() => readonly AwaitedNode[]) | undefined;
  let line: LiveBlocks | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** What holds the screen: a drawing of the command's own, a question, a program. */
  let drawn = false;
  let held = 0;

  const quiet = () => {
    clearTimeout(timer);
    line?.update("awaited", "");
    line?.done();
    line = undefined;
  };
  const listen = () => {
    quiet();
    const look = () => {
      const text = awaitedLine(base, awaited?.() ?? []);
      if (line) line.update("awaited", text);
      else if (text !== "") line = liveBlocks(base, ["awaited"], () => text);
      timer = setTimeout(look, glance).unref();
    };
    if (awaited && !drawn && held === 0) timer = setTimeout(look, attention).unref();
  };
  const say = <T>(write: () => T): T => {
    quiet();
    const written = write();
    listen();
    return written;
  };
  const hold = <T>(use: () => Promise<T>): Promise<T> => {
    quiet();
    held++;
    return use().finally(() => {
      held--;
      listen();
    });
  };
  /** Where text may end in the middle of a line, nothing is drawn below it any more. */
  const leave = <T>(use: () => T): T => {
    quiet();
    held++;
    return use();
  };
  return {
    ...{ stdoutIsTty, stderrIsTty, stdinIsTty },
    get size() {
      return base.size;
    },
    get output() {
      return leave(() => base.output);
    },
    out: (text) => say(() => base.out(text)),
    err: (text) => say(() => base.err(text)),
    pour: (to, data) => leave(() => base.pour(to, data)),
    input: () => leave(() => base.input()),
    overlay(drawing) {
      quiet();
      drawn = drawing !== undefined;
      base.overlay(drawing);
      listen();
    },
    run: (argv, signal) => hold(() => base.run(argv, signal)),
    raw: (use) => hold(() => base.raw(use)),
    wholeScreen: (use) => hold(() => base.wholeScreen(use)),
    readLine: (prompt, options) => hold(() => base.readLine(prompt, options)),
    watch(names) {
      awaited = names;
      listen();
      return () => {
        awaited = undefined;
        quiet();
      };
    },
  };
}
