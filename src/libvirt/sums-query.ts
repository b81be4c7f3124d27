import type { Query } from "./query.ts";

/** Seconds for the checksums of files: a CD, or what a disk is based on, is some gigabytes. */
export const sumSeconds = 300;

/** SHA-256 of regular files; null: there is none, or it takes too long. */
export function sumsQuery(paths: readonly string[]): Query<readonly (string | null)[]> {
  const script = 'for path; do [ -f "$path" ] && sha256sum <"$path" || echo none; done';
  return {
    steps: [{ run: ["sh", "-c", script, "mclu", ...paths], cap: sumSeconds }],
    parse([answer]) {
      const lines = (answer?.texts[0] ?? "").split("\n");
      return paths.map((_, index) => /^[0-9a-f]{64}(?= )/.exec(lines[index] ?? "")?.[0] ?? null);
    },
  };
}
