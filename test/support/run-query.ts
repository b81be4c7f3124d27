import { execFileSync } from "node:child_process";
import type { Query } from "../../src/libvirt/query.ts";

/** Runs the one program of a question on this machine, and reads what it says. */
export function runQuery<T>(query: Query<T>): T {
  const [step] = query.steps as readonly { readonly run: readonly string[] }[];
  const [program = "", ...words] = step?.run ?? [];
  return query.parse([{ code: 0, texts: [execFileSync(program, words, { encoding: "utf8" })] }]);
}
