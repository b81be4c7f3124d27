import type { Prompter } from "../operations/prompter.ts";
import { clean, cleanLines } from "./clean.ts";
import type { Terminal } from "./terminal.ts";

/** Questions on the user's screen, on stderr: stdout may go into a file or a pipe. Undefined where nobody can answer. */
export function terminalPrompter(terminal: Terminal): Prompter | undefined {
  if (!terminal.stdinIsTty || !terminal.stderrIsTty) return undefined;
  return {
    async confirm(question) {
      const answer = await terminal.readLine(`${clean(question)} [y/N] `);
      return answer === undefined ? undefined : /^y(es)?$/i.test(answer.trim());
    },
    line: (question) => terminal.readLine(clean(question)),
    hidden: (question) => terminal.readLine(clean(question), { hidden: true }),
    say: (text) => terminal.err(cleanLines(text)),
  };
}
