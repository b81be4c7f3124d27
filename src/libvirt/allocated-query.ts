import { wholeNumber } from "./number.ts";
import type { Query } from "./query.ts";

/** What files take of their file systems, in bytes, in their order; 0 for one that is not there, or may not be seen. */
export function allocatedQuery(paths: readonly string[]): Query<readonly number[]> {
  const script = `for path; do stat -L -c '%b %B' -- "$path" 2>/dev/null || echo 0 0; done`;
  return {
    steps: paths.length === 0 ? [] : [{ run: ["sh", "-c", script, "mclu", ...paths] }],
    parse([answer]) {
      const lines = (answer?.texts[0] ?? "").split("\n");
      return paths.map((_, index) => {
        const [blocks, size] = (lines[index] ?? "").split(" ").map(wholeNumber);
        return (blocks ?? 0) * (size ?? 0);
      });
    },
  };
}
