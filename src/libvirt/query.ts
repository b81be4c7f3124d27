/** One step on a node: several virsh commands in one process (a virsh start costs 20 ms), or one other program. */
export type Step = (
  | { readonly virsh: readonly (readonly string[])[]; readonly access: "read" | "write" }
  | { readonly run: readonly string[] }
) & {
  /** Seconds after which the step is cut short; what it said until then is an answer, and the node has not failed. */
  readonly cap?: number;
};

/** What a step said: one text per virsh command, or the one text of the program. */
export interface StepAnswer {
  /** Exit code of the process: for virsh that of its *last* command, so a parser looks at the texts too. */
  readonly code: number;
  /** Fewer than there were commands where the step was cut short. */
  readonly texts: readonly string[];
}

/** A question to one node as a value: what runs there, and the pure reading of what it prints. */
export interface Query<T> {
  readonly steps: readonly Step[];
  /** Throws UnexpectedOutput on anything it does not understand. */
  parse(answers: readonly StepAnswer[]): T;
}

/** Two questions in one script, which is one round trip. */
export function combine<A, B>(a: Query<A>, b: Query<B>): Query<readonly [A, B]> {
  const border = a.steps.length;
  return {
    steps: [...a.steps, ...b.steps],
    parse: (answers) => [a.parse(answers.slice(0, border)), b.parse(answers.slice(border))],
  };
}

/**
 * What a parser reads; null where the text is none it knows, which `onProblem` hears of. Anything else that it throws is a
 * bug, and passes.
 */
export function understood<T>(read: () => T, onProblem?: (problem: UnexpectedOutput) => void): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof UnexpectedOutput)) throw error;
    onProblem?.(error);
    return null;
  }
}

/** virsh printed something no version is known to print. */
export class UnexpectedOutput extends Error {
  constructor(what: string, found: string) {
    super(`expected ${what}, found: ${found.slice(0, 120)}`);
    this.name = "UnexpectedOutput";
  }
}
