import { originShell } from "./lvm-origin.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

/** A file of a node, as `stat` sees it. */
export interface FileFacts {
  /** Device and inode: which file it is, whatever it is called; of a link those of the link itself. */
  readonly identity: string;
  /** The same of what a symbolic link leads to; of the file itself otherwise. */
  readonly target: string;
  /** Bytes, of what a symbolic link leads to, where that is there and may be seen. */
  readonly size: number;
  /** In stat's words: `regular file`, `block special file`, `symbolic link` ... */
  readonly kind: string;
  /** The same of what a symbolic link leads to, where that is there and may be seen; of the file itself otherwise. */
  readonly leadsTo: string;
  /** The type of its file system: `ext2/ext3`, `nfs`, `UNKNOWN (0x19830326)` ... */
  readonly fileSystem: string;
  /** A volume of LVM with snapshots, which would go with it. */
  readonly isOrigin?: true;
}

const script = `${originShell}for path; do
if own=$(stat -c '%d:%i %s' -- "$path" 2>/dev/null); then
if led=$(stat -L -c '%s %d:%i' -- "$path" 2>/dev/null); then own="\${own% *} $led" follow=-L; else own="$own none" follow=; fi
more=; if [ -b "$path" ] && mclu_origin "$path"; then more=' | origin'; fi
echo "$own $(stat -f -c %T -- "$path" 2>/dev/null) | $(stat -c %F -- "$path") | $(stat $follow -c %F -- "$path")$more"
else echo none; fi
done`;

/** One process is given so many paths: Linux limits its arguments to 2 MiB. */
const pathsPerProcess = 400;

/** What is at these paths, in their order; null: nothing, or nothing that this login may see. */
export function filesQuery(paths: readonly string[]): Query<readonly (FileFacts | null)[]> {
  const steps = [];
  for (let at = 0; at < paths.length; at += pathsPerProcess)
    steps.push({ run: ["sh", "-c", script, "mclu", ...paths.slice(at, at + pathsPerProcess)] });
  return {
    steps,
    parse(answers) {
      const lines = answers.flatMap(({ texts: [text = ""] }) => text.split("\n").filter((line) => line !== ""));
      if (lines.length !== paths.length) throw new UnexpectedOutput(`${paths.length} lines of stat`, lines.join("\n"));
      return lines.map(parseLine);
    },
  };
}

function parseLine(line: string): FileFacts | null {
  if (line === "none") return null;
  const found = /^(\d+:\d+) (\d{1,20}) (\d+:\d+|none) ([^|]*) \| ([^|]+) \| ([^|]+?)( \| origin)?$/.exec(line);
  const [, identity, size, target, fileSystem, kind, leadsTo, origin] = found ?? [];
  if (!identity || !target || fileSystem === undefined || !kind || !leadsTo)
    throw new UnexpectedOutput("stat's line", line);
  return { identity, target, size: Number(size), kind, leadsTo, fileSystem, ...(origin && { isOrigin: true }) };
}
