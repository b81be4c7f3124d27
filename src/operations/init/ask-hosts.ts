import { exitCodes, UserError } from "../../errors.ts";
import type { AnsweredPrompter } from "./ending-with-input.ts";
import { type InitHost, parseChoice } from "./hosts.ts";
import type { OfferedHosts } from "./ssh-hosts.ts";

/** Has the user name the hosts, of those that ssh knows or others. Throws UserError (exit 6) where none is named. */
export async function askHosts(
  prompter: AnsweredPrompter,
  { file, hosts: offered }: OfferedHosts,
  signal: AbortSignal | undefined,
): Promise<readonly InitHost[]> {
  if (offered.length > 0) prompter.say(`hosts of ${file}:\n${numbered(offered)}`);
  const question =
    offered.length > 0 ? "nodes (numbers, all, or [USER@]HOST[:PORT]): " : "nodes ([USER@]HOST[:PORT] ...): ";
  for (;;) {
    const answer = (await prompter.line(question)).trim();
    signal?.throwIfAborted();
    if (answer === "")
      throw new UserError("no host is named: nothing was written", {
        hint: "mclu init HOST...",
        exitCode: exitCodes.refused,
      });
    try {
      return parseChoice(answer, offered);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      prompter.say(`${error.message}\n${error.hint === undefined ? "" : `  ${error.hint}\n`}`);
    }
  }
}

function numbered(hosts: readonly string[]): string {
  const width = String(hosts.length).length;
  return hosts.map((host, index) => `  ${String(index + 1).padStart(width)}  ${host}\n`).join("");
}
