import { wholeNumber } from "./number.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

/** The file system that a directory is on, or would be. */
export interface Room {
  /** Number of its device: which one it is. */
  readonly device: string;
  /** Bytes that are free. */
  readonly free: number;
  /** This login cannot see the directory: it is one above that, maybe of another file system. */
  readonly isHidden: boolean;
}

/** The room at these absolute paths, in their order; for what is not there, of the directory above it. */
export function roomQuery(directories: readonly string[]): Query<readonly Room[]> {
  const script = `for at; do
hidden=
until [ -e "$at" ]; do
at=\${at%/*}
[ -n "$at" ] || at=/
if [ -d "$at" ] && [ ! -x "$at" ]; then hidden=' hidden'; fi
done
echo "$(stat -L -c %d -- "$at") $(stat -f -c '%a %S' -- "$at")$hidden"
done`;
  return {
    steps: [{ run: ["sh", "-c", script, "mclu", ...directories] }],
    parse([answer]) {
      const lines = (answer?.texts[0] ?? "").trim().split("\n");
      return directories.map((_, index) => {
        const [device = "", blocks, size, hidden] = (lines[index] ?? "").split(" ");
        const [count, bytes] = [wholeNumber(blocks), wholeNumber(size)];
        if (count === null || bytes === null) throw new UnexpectedOutput("the room at a path", lines.join("\n"));
        return { device, free: count * bytes, isHidden: hidden === "hidden" };
      });
    },
  };
}
