import { type Query, UnexpectedOutput } from "./query.ts";

const script = `for path; do stat -L -c '%d:%i %s %y' -- "$path" 2>/dev/null || echo none; done`;

/**
 * What tells that a file is still the very same, and unwritten, as when it was asked before: device and inode, size, and
 * when it was last written, to the nanosecond; in the order of the paths, "none" where nothing is there.
 */
export function stampsQuery(paths: readonly string[]): Query<readonly string[]> {
  return {
    steps: [{ run: ["sh", "-c", script, "mclu", ...paths] }],
    parse(answers) {
      const lines = (answers[0]?.texts[0] ?? "").split("\n").filter((line) => line !== "");
      if (lines.length !== paths.length) throw new UnexpectedOutput(`${paths.length} lines of stat`, lines.join("\n"));
      return lines;
    },
  };
}
