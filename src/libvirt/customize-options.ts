import { type Query, UnexpectedOutput } from "./query.ts";

/** What virt-customize on a node can be told, without the dashes; null: there is no virt-customize. */
export const customizeOptionsQuery: Query<ReadonlySet<string> | null> = {
  steps: [{ run: ["virt-customize", "--long-options"] }],
  parse([answer]) {
    // the shell's own code for a command that is not there
    if (answer?.code === 127) return null;
    const lines = (answer?.texts[0] ?? "").split("\n").filter((line) => line !== "");
    const options = lines.flatMap((line) => /^--([a-z][a-z0-9-]*)$/.exec(line)?.[1] ?? []);
    if (answer?.code !== 0 || options.length !== lines.length || !options.includes("run-command"))
      throw new UnexpectedOutput("the options of virt-customize", lines.join(" "));
    return new Set(options);
  },
};
