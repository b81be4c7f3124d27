import { commandLost, failed } from "./failure.ts";
import type { Node } from "./node.ts";
import { makeNonce, noShell, refusedBySudo } from "./run-script.ts";
import { loginMark, startLine } from "./script.ts";
import { loginCommand } from "./settings.ts";
import { commandLine } from "./shell.ts";
import { startCommand } from "./start-command.ts";
import type { Sink } from "./stream-command.ts";
import { readTerminal } from "./terminal-output.ts";
import { terminalReader, terminalScript } from "./terminal-script.ts";
import type { Channel, TerminalSize, Transport } from "./transport.ts";
import { within } from "./until-aborted.ts";

/** A command that runs on a terminal of its own on a node. */
export interface TerminalSession {
  /** Where its output goes from now on; until then the node waits with it. */
  show(sink: Sink): void;
  type(bytes: Uint8Array): void;
  resize(size: TerminalSize): void;
  /** Its exit code and what it said on stderr. Rejects with NodeError `lost` where the connection went before its end. */
  readonly ended: Promise<{ readonly code: number; readonly said: string }>;
  /** Takes its terminal away, which ends it. */
  close(): void;
}

export interface TerminalOptions {
  readonly size: TerminalSize;
  readonly signal?: AbortSignal | undefined;
}

interface HowToRun extends TerminalOptions {
  readonly become: "none" | "sudo";
  /** `loginCommand` of the node, for hints. */
  readonly login: string;
}

/** Seconds for a shell to say that it begins; a login shell may read slow files first. */
const beginDeadline = 20;

/**
 * Starts a command on a terminal of a node; settles when it has begun. Rejects with NodeError: `denied` when sudo refused,
 * `protocol` when no shell answered, `slow` when it said nothing.
 */
export async function openTerminal(
  transport: Transport,
  argv: readonly string[],
  { become, login, size, signal }: HowToRun,
): Promise<TerminalSession> {
  const nonce = makeNonce();
  const reader = terminalReader(terminalScript(argv, nonce));
  // its name is wanted for `stty`; and not every way has given it a size, which sudo takes over when it begins
  const terminal = `tty; stty rows ${size.rows} columns ${size.columns}`;
  const line = `echo ${loginMark(nonce)}; ${terminal}; ${startLine(reader, become, nonce)}`;
  const open = (command: string) => transport.open(command, size);
  const channel = await startCommand({ open, close: () => undefined }, line, { seconds: beginDeadline, signal, login });
  channel.stdin.on("error", () => undefined);
  channel.stderr.resume();
  const screen = showOn(channel, nonce);
  const ended = channel.ended.then(async (end) => {
    await screen.drained();
    const said = screen.output.end();
    if (said) return said;
    if (end.kind === "lost") throw commandLost(end);
    const how = end.kind === "exit" ? `exit code ${end.code}` : `signal ${end.signal}`;
    if (screen.output.begun()) throw failed("lost", `the shell on the node was ended (${how})`, "mclu status");
    throw notBegun(how, nonce, screen.output.before(), become, login);
  });
  ended.catch(() => undefined);
  const slow = () => failed("slow", `no shell began within ${beginDeadline} s`, `${login}true`);
  try {
    await within({ seconds: beginDeadline, late: slow, signal }, Promise.race([screen.begun, ended]));
  } catch (error) {
    channel.close();
    throw error;
  }
  const resize = resizer(transport, channel, screen.output.before());
  return { show: screen.show, type: (bytes) => void channel.stdin.write(bytes), resize, ended, close: channel.close };
}

/**
 * Runs a command on a terminal of its own on a node, under sudo where `become` says so, for as long as `use` takes.
 * Rejects with NodeError, and with the signal's reason while it has not begun.
 */
export function onTerminal<T>(
  node: Node,
  argv: readonly string[],
  options: TerminalOptions,
  use: (session: TerminalSession) => Promise<T>,
): Promise<T> {
  const { become } = node.settings;
  return node.use({ patient: true, signal: options.signal }, async (transport) => {
    const session = await openTerminal(transport, argv, { ...options, become, login: loginCommand(node.settings) });
    return use(session).finally(() => session.close());
  });
}

/** Reads a channel's screen, which waits with the command's first byte until somebody looks. */
function showOn({ stdout }: Channel, nonce: string) {
  let show: (sink: Sink) => void = () => undefined;
  const looked = new Promise<Sink>((resolve) => {
    show = resolve;
  });
  let onBegin = () => {};
  const begun = new Promise<void>((resolve) => {
    onBegin = resolve;
  });
  let sink: Sink = async (bytes) => (await looked)(bytes);
  void looked.then((shown) => {
    sink = shown;
  });
  const output = readTerminal(nonce, (bytes) => sink(bytes), onBegin);
  /** All that was handed on so far; node resumes a child's streams at its exit, so pausing alone keeps no order. */
  let taken: Promise<void> | undefined;
  stdout.on("data", (chunk: Buffer) => {
    const more = taken ? taken.then(() => output.push(chunk)) : output.push(chunk);
    if (!more) return;
    stdout.pause();
    const current = more
      // whoever looked is gone: the end tells
      .catch(() => undefined)
      .then(() => {
        if (taken === current) taken = undefined;
        stdout.resume();
      });
    taken = current;
  });
  stdout.on("error", () => undefined);
  return { show, begun, output, drained: () => (output.begun() ? taken : undefined) };
}

function notBegun(how: string, nonce: string, before: string, become: "none" | "sudo", login: string) {
  const last = before.trim().split("\n").at(-1)?.trim() ?? "";
  const said = last.includes(loginMark(nonce)) || last.startsWith("/dev/") ? "" : last;
  return become === "sudo" && before.includes(loginMark(nonce))
    ? refusedBySudo(said || how, login)
    : noShell(how, said, login);
}

/** By the protocol, or by `stty` on the node, one at a time: then only the last size counts. */
function resizer(transport: Transport, channel: Channel, before: string): (size: TerminalSize) => void {
  if (channel.resize) return channel.resize;
  const terminal = /^(\/dev\/\S+)\r?$/m.exec(before)?.[1];
  if (terminal === undefined) return () => undefined;
  let next: TerminalSize | undefined;
  let busy = false;
  const run = async () => {
    busy = true;
    for (let size = next; size; size = next) {
      next = undefined;
      const argv = ["stty", "-F", terminal, "rows", String(size.rows), "columns", String(size.columns)];
      const stty = await transport.open(commandLine(argv)).catch(() => undefined);
      stty?.stdout.resume();
      stty?.stderr.resume();
      await stty?.ended;
    }
    busy = false;
  };
  return (size) => {
    next = size;
    if (!busy) void run();
  };
}
