import type { TerminalSession } from "../node/terminal-command.ts";
import type { RawTerminal } from "./raw-terminal.ts";

/** `^]`, at which virsh leaves. */
const leaveKey = 0x1d;
/** Milliseconds that virsh has for it: one that hangs, or a dead connection, holds nobody. */
const leavePatience = 2000;

/**
 * Connects a terminal of a node with the user's: keys there, output here, the window's size. `left` after `^]`, whatever
 * the node makes of it; `ended` when the command is at its end or the connection was lost.
 */
export async function converseRaw(
  session: TerminalSession,
  terminal: RawTerminal,
  signal?: AbortSignal,
): Promise<"left" | "ended" | "interrupted"> {
  let settle: (how: "left" | "ended" | "interrupted") => void = () => undefined;
  const end = new Promise<"left" | "ended" | "interrupted">((resolve) => {
    settle = resolve;
  });
  const onAbort = () => settle("interrupted");
  let leaving: NodeJS.Timeout | undefined;
  const leave = () => settle("left");
  const onKeys = (bytes: Buffer) => {
    if (leaving) return;
    const at = bytes.indexOf(leaveKey);
    session.type(at < 0 ? bytes : bytes.subarray(0, at + 1));
    if (at >= 0) leaving = setTimeout(leave, leavePatience);
  };
  const stopResize = terminal.onResize(session.resize);
  // it may have changed since the session was asked for
  session.resize(terminal.size);
  session.show((bytes) => terminal.write(bytes));
  terminal.keys.on("data", onKeys);
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) onAbort();
  const over = () => settle(leaving ? "left" : "ended");
  session.ended.then(over, over);
  try {
    return await end;
  } finally {
    clearTimeout(leaving);
    stopResize();
    terminal.keys.off("data", onKeys).pause();
    signal?.removeEventListener("abort", onAbort);
  }
}
