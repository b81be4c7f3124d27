import { randomBytes } from "node:crypto";
import { AnswerBudget, type KeptAnswer } from "./answer-budget.ts";
import { commandLost, failed } from "./failure.ts";
import { keepFirst, readMarked } from "./marked-stream.ts";
import { refuseLacking } from "./needed-programs.ts";
import { loginMark, startLine, wrapScript } from "./script.ts";
import type { Channel, ChannelEnd, Transport } from "./transport.ts";
import { within } from "./until-aborted.ts";

export interface ScriptOptions {
  /** `sudo` runs the shell under `sudo -n`: never a prompt. */
  readonly become: "none" | "sudo";
  /** Seconds until the connection is given up, counted here; longer than the node's own limit. */
  readonly deadline: number;
  readonly signal?: AbortSignal | undefined;
  /** `loginCommand` of the node, for hints. */
  readonly login: string;
  /** Called when the script goes out: from then on the node may be at it. */
  readonly onSent?: (() => void) | undefined;
  /** What the answers of all nodes may take; default: that of this answer alone. */
  readonly budget?: AnswerBudget | undefined;
}

export interface ScriptOutput {
  /** What the body printed, between the markers. */
  readonly stdout: string;
  readonly stderr: string;
  /** Counts against the budget until it is released. */
  readonly kept: KeptAnswer;
}

/** Most that is kept of what a script complains, bytes. */
const stderrLimit = 64 * 1024;

/** A nonce that no guest's name can contain by chance or by guessing. */
export function makeNonce(): string {
  return `mclu-${randomBytes(12).toString("hex")}`;
}

/**
 * Runs a script body on a node and returns what it printed. Rejects with NodeError: `slow` at the deadline (which covers
 * the opening of the channel too), `lost` when the connection went, `denied` when sudo refused, `protocol` when no shell
 * answered, a program that the body needs is not there, or the answer was more than the budget has room for; and with the signal's reason.
 */
export async function runScript(
  transport: Transport,
  body: string,
  nonce: string,
  options: ScriptOptions,
): Promise<ScriptOutput> {
  const { deadline: seconds, signal, login } = options;
  // a change goes out once it is certain that it can, or nobody could say that it was not begun
  const first = options.onSent === undefined ? wrapScript(body, nonce) : undefined;
  const opening = transport.open(startLine("sh -s", options.become, nonce), undefined, seconds, first);
  const kept = (options.budget ?? new AnswerBudget()).open();
  try {
    const late = () => failed("slow", `no answer within ${seconds} s`, `${login}uptime`);
    return await within({ seconds, late, signal }, converse(opening, body, nonce, kept, options));
  } catch (error) {
    kept.release();
    // one that is still open is nobody's
    opening.then((channel) => channel.close()).catch(() => undefined);
    throw error;
  }
}

async function converse(
  opening: Promise<Channel>,
  body: string,
  nonce: string,
  kept: KeptAnswer,
  options: ScriptOptions,
): Promise<ScriptOutput> {
  const channel = await opening;
  const endMarker = `${nonce} end\n`;
  const stdout = readMarked(channel.stdout, endMarker, kept);
  const stderr = readMarked(channel.stderr, endMarker, keepFirst(stderrLimit));
  options.onSent?.();
  if (channel.begun !== true) channel.stdin.write(wrapScript(body, nonce));
  const complete = Promise.all([stdout.complete, stderr.complete]).then(() => "complete" as const);
  const overflow = kept.givenUp.then((reason) => ({ kind: "overflow", reason }) as const);
  const outcome = await Promise.race([complete, overflow, channel.ended]);
  channel.close();
  if (outcome !== "complete" && outcome.kind === "overflow")
    throw failed("protocol", outcome.reason, `${options.login}virsh list`);
  const [before, answer] = splitOnce(stdout.text(), `${nonce} begin\n`);
  // what .bashrc says comes before the markers, on either stream
  const [noise, complaint = noise] = splitOnce(stderr.text(), `${nonce} begin\n`);
  const output = { stdout: answer ?? "", stderr: complaint, kept };
  kept.settle();
  // the channel ended first: the end marker may still have been in its last bytes
  if (outcome === "complete" || stdout.isComplete()) {
    refuseLacking(output.stdout, nonce, options.login);
    return output;
  }
  const reached = answer !== undefined ? "shell" : before.includes(loginMark(nonce)) ? "sudo" : "login";
  // what came before our shell is not its answer, and our own mark is nobody's complaint
  throw endedEarly(outcome, output.stderr || (reached === "login" ? before : ""), reached, options);
}

function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** Who ended: our shell, sudo before it, or the login before both. */
type Reached = "shell" | "sudo" | "login";

function endedEarly(end: ChannelEnd, heard: string, reached: Reached, { login }: ScriptOptions) {
  const said = heard.trim().split("\n").at(-1) ?? "";
  if (end.kind === "lost") return commandLost(end);
  const how = end.kind === "exit" ? `exit code ${end.code}` : `signal ${end.signal}`;
  switch (reached) {
    case "shell":
      return failed("lost", `the shell on the node ended (${how}) before its answer was complete`, "mclu status");
    case "sudo":
      return refusedBySudo(said || how, login);
    case "login":
      return noShell(how, said, login);
  }
}

/** sudo refuses before our shell starts, and says why on stderr only. */
export function refusedBySudo(said: string, login: string) {
  return failed("denied", `sudo -n was refused: ${said}`, `${login}sudo -n true`);
}

/** The login came to its end without a shell of ours: nologin, a forced command, a shell that is none. */
export function noShell(how: string, said: string, login: string) {
  return failed("protocol", `no POSIX shell answered (${how})${said && `: ${said}`}`, `${login}sh -c true`);
}
