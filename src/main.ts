import type { Environment } from "./commands/context.ts";
import { exitCodes, UserError } from "./errors.ts";
import type { Terminal } from "./render/terminal.ts";
import { version } from "./version.ts";

export interface Run {
  /** The arguments after the program's name. */
  readonly argv: readonly string[];
  /** They are not what was typed, which is no UTF-8. */
  readonly garbled?: boolean;
  readonly env: Environment;
  readonly cwd: string;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** The command line that this program is called by; default `mclu`. */
  readonly self?: readonly string[];
  /** Says that something is changed from now on: its exit code holds, also where nobody reads the answer. */
  readonly changes?: () => void;
  /** Says that a command's output is passed on, which is given up where nobody reads it: what becomes of it nobody knows. */
  readonly relays?: () => void;
  /** Asks for so many milliseconds after an interruption, for what has to be undone on a node; else it is 5 s. */
  readonly takeTime?: (milliseconds: number) => void;
}

/** The whole program: arguments in, text to the terminal, exit code out. Never throws for what a user can mend. */
export async function main(run: Run): Promise<number> {
  try {
    if (run.garbled)
      throw new UserError("an argument is not UTF-8: what it names could only be guessed", {
        hint: "as it is: mclu exec -i NODE -- sh < FILE",
        exitCode: exitCodes.usage,
      });
    const { runProgram } = await import("./program.ts");
    return await runProgram(run);
  } catch (error) {
    return explain(error, run);
  }
}

/** The one place where what was thrown becomes a message and an exit code. */
async function explain(thrown: unknown, { terminal, env, signal }: Run): Promise<number> {
  if (signal.aborted) return exitCodes.interrupted;
  const error = await asUserError(thrown);
  // commander has already printed what was wrong, or the help that was asked for
  if (isCommanderError(error)) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
  const [{ cleanLines }, { createStyle, wantsColor }] = await Promise.all([
    import("./render/clean.ts"),
    import("./render/style.ts"),
  ]);
  const style = createStyle(wantsColor(env, terminal.stderrIsTty));
  if (error instanceof UserError) {
    terminal.err(`${style.failed("error:")} ${cleanLines(error.message)}\n`);
    if (error.hint !== undefined)
      terminal.err(`${style.dim(`  ${cleanLines(error.hint).replaceAll("\n", "\n  ")}`)}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  terminal.err(`this is a bug in mclu ${version}: please report it with these lines\n${cleanLines(stack)}\n`);
  return exitCodes.failed;
}

/** What no command put into words of its own, of a node that failed: its reason is true all the same, and no bug. */
async function asUserError(error: unknown): Promise<unknown> {
  const { NodeError, UnheardChange } = await import("./node/failure.ts");
  if (!(error instanceof NodeError || error instanceof UnheardChange)) return error;
  const { silence } = error;
  const hint = silence.state === "off" ? "mclu status" : silence.hint;
  return new UserError(`a node does not answer: ${error.message}`, {
    hint,
    exitCode: exitCodes.unreachable,
    cause: error,
  });
}

function isCommanderError(error: unknown): error is { readonly exitCode: number } {
  return error instanceof Error && "code" in error && String(error.code).startsWith("commander.");
}
