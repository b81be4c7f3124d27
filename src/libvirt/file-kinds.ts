import { type Query, UnexpectedOutput } from "./query.ts";

/**
 * All at once, each with a deadline: a file of a dead NFS server answers nobody. One process more than there are files, and
 * the answers in the order of the files.
 */
const script = `limit=
command -v timeout >/dev/null && limit='timeout -k 1 2'
kind() {
kind=$($limit stat -L -c %F -- "$2" 2>/dev/null)
case $? in 0) ;; 124|137|143) kind='no answer' ;; *) kind=none ;; esac
echo "$1 $kind"
}
{ at=0; for path; do at=$((at + 1)); kind $at "$path" & done; wait; } | sort -n`;

/** Seconds that it may take, and a few to begin. */
export const kindSeconds = 8;

/**
 * What files of a node are, in stat's words (`regular file`, `fifo` ...): of what a symbolic link leads to. null where
 * nothing is there or this login may not see it, `no answer` where its file system gives none.
 */
export function fileKindsQuery(paths: readonly string[]): Query<readonly (string | null)[]> {
  return {
    steps: paths.length === 0 ? [] : [{ run: ["sh", "-c", script, "mclu", ...paths], cap: kindSeconds }],
    parse([answer]) {
      const lines = (answer?.texts[0] ?? "").split("\n").filter((line) => line !== "");
      const kinds = lines.map((line) => /^\d+ (.+)$/.exec(line)?.[1]);
      if (kinds.length !== paths.length) throw new UnexpectedOutput(`${paths.length} lines of stat`, lines.join("\n"));
      return kinds.map((kind) => (kind === undefined || kind === "none" ? null : kind));
    },
  };
}

/** Whether libvirt and qemu-img may be asked about a file: they open it, and a pipe holds whoever does that for ever. */
export function isImageKind(kind: string | null): boolean {
  return kind === "regular file" || kind === "regular empty file" || kind === "block special file";
}
