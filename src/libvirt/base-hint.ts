import type { Query } from "./query.ts";

/** Bytes at the beginning of an image among which the name of its backing file is, for all that qemu-img writes. */
const headSize = 4096;

/**
 * NAMES DIRECTORY: `yes` where the beginning of a file of the directory has one of the names in it, a name a line; `closed`
 * where the directory cannot be listed. Two processes for any number of files.
 */
const script = `limit=
command -v timeout >/dev/null && limit='timeout 10'
if [ -d "$2" ] && { [ ! -x "$2" ] || [ ! -r "$2" ]; }; then echo closed; exit; fi
cd -P -- "$2" 2>/dev/null || exit 0
if $limit find . -maxdepth 1 -type f -exec head -q -c ${headSize} -- {} + 2>/dev/null | LC_ALL=C grep -aqF -e "$1"; then echo yes; fi`;

/** Where a file is, and its name there. */
export interface FilePlace {
  readonly directory: string;
  readonly name: string;
}

/** Whether something beside a file may be based on it; `closed`: this login cannot list what is there. */
export type FileHint = "likely" | "closed" | "unlikely";

const hintOf: ReadonlyMap<string | undefined, FileHint> = new Map([
  ["yes", "likely"],
  ["closed", "closed"],
]);

/**
 * For each of these files, in their order: whether one beside it may be based on it. What is not was looked at is told by
 * the name alone: an image that calls its base by another name is missed, and one that merely has the name in it is not.
 */
export function baseHintQuery(files: readonly FilePlace[]): Query<readonly FileHint[]> {
  const directories = [...new Set(files.map(({ directory }) => directory))];
  const namesIn = (place: string) => files.flatMap(({ directory, name }) => (directory === place ? [name] : []));
  return {
    steps: directories.map((directory) => ({
      run: ["sh", "-c", script, "mclu", namesIn(directory).join("\n"), directory],
    })),
    parse: (answers) =>
      files.map(({ directory }) => {
        const said = answers[directories.indexOf(directory)]?.texts[0];
        return hintOf.get(said?.trim()) ?? "unlikely";
      }),
  };
}
