import { exitCodes, UserError } from "./errors.ts";

/** Where a setting was made. */
export type Origin =
  | { readonly from: "default" }
  | { readonly from: "file"; readonly file: string; readonly line: number }
  | { readonly from: "environment"; readonly variable: string }
  | { readonly from: "command line"; readonly option: string };

export const byDefault: Origin = { from: "default" };

/** `default`, `FILE:LINE`, `environment MCLU_PORT` or `command line --port`. */
export function formatOrigin(origin: Origin): string {
  switch (origin.from) {
    case "default":
      return "default";
    case "file":
      return `${origin.file}:${origin.line}`;
    case "environment":
      return `environment ${origin.variable}`;
    case "command line":
      return `command line ${origin.option}`;
  }
}

/** Most problems that are shown at once: with more the file is another one than it was taken for. */
const mostShown = 30;

/** What is wrong with a file that was written by hand, collected, so that all of it is shown at once. */
export class Problems {
  readonly #found: { readonly origin: Origin; readonly text: string | (() => string) }[] = [];

  /** @param text a function where it takes a search: of thousands of problems, few are shown */
  add(origin: Origin, text: string | (() => string)): void {
    this.#found.push({ origin, text });
  }

  /** What `read` returns; undefined when it threw a UserError, which becomes a problem of `what` at `origin`. */
  attempt<T>(origin: Origin, what: string, read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.add(origin, `${what}: ${error.message}`);
      return undefined;
    }
  }

  /** `FILE:LINE: text` for each, in the order of the file's lines. */
  get lines(): readonly string[] {
    return this.#first(this.#found.length);
  }

  /**
   * Throws UserError (exit 2) with a line per problem; does nothing without any.
   * @param next what to type once a file is mended, for the hint
   */
  throwIfAny(next: string): void {
    if (this.#found.length === 0) return;
    const inFile = this.#found.some(({ origin }) => origin.from === "file");
    const shown = [...this.#first(mostShown)];
    if (this.#found.length > mostShown) shown.push(`and ${this.#found.length - mostShown} more`);
    throw new UserError(shown.join("\n"), {
      exitCode: exitCodes.usage,
      hint: `nothing was contacted; mend these and try${inFile ? `: ${next}` : " again"}`,
    });
  }

  #first(count: number): readonly string[] {
    const line = (origin: Origin) => (origin.from === "file" ? origin.line : Number.MAX_SAFE_INTEGER);
    const sorted = this.#found.toSorted((a, b) => line(a.origin) - line(b.origin)).slice(0, count);
    return sorted.map(({ origin, text }) => `${formatOrigin(origin)}: ${typeof text === "string" ? text : text()}`);
  }
}
