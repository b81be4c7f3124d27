/**
 * The program's exit codes. When several apply the first of `severity` wins (SPEC, "Output contract").
 */
export const exitCodes = {
  done: 0,
  /** None of what was asked succeeded. */
  failed: 1,
  /** Usage or configuration: nothing was contacted. */
  usage: 2,
  /** Some succeeded and some failed; for a read: a node failed that was not named (one that is off does not count). */
  partial: 3,
  /** No such guest, node or template, or the name is ambiguous. */
  notFound: 4,
  /** A node that was needed or named is not reachable. */
  unreachable: 5,
  /** Refused by a safety check, or the answer was no. */
  refused: 6,
  deadline: 7,
  interrupted: 130,
  /** Of what hands a program's own code on: mclu could not run it. */
  notRun: 255,
} as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

const severity: readonly ExitCode[] = [130, 2, 255, 6, 5, 4, 7, 3, 1, 0];

/** Of several exit codes, the one the program ends with. */
export function worstExitCode(codes: Iterable<ExitCode>): ExitCode {
  const present = new Set(codes);
  return severity.find((code) => present.has(code)) ?? exitCodes.done;
}

export interface UserErrorOptions {
  /** What to type next, or what was expected: one line, shown under the message. */
  readonly hint?: string | undefined;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** Something the user can mend: shown as one line with a hint. Anything else that is thrown is a bug and shows its stack. */
export class UserError extends Error {
  readonly hint: string | undefined;
  readonly exitCode: ExitCode;

  constructor(message: string, options: UserErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "UserError";
    this.hint = options.hint;
    this.exitCode = options.exitCode ?? exitCodes.failed;
  }
}
