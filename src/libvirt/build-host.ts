import { wholeNumber } from "./number.ts";
import { type Query, UnexpectedOutput } from "./query.ts";

/** What the login of a node can do for a build. */
export interface BuildHost {
  /** Home directory of the login that builds. */
  readonly home: string;
  readonly isRoot: boolean;
  /** Whether files can be made in the pool's directory. */
  readonly writable: boolean;
  /** Programs that are not there. */
  readonly missing: readonly string[];
  /** Those of the files that are there already. */
  readonly taken: readonly string[];
  /** A directory above the disk that others than root cannot enter, where qemu does not run as root; null: none. */
  readonly closed: string | null;
  /** Bytes free where the temporary files of libguestfs go. */
  readonly temporary: number;
}

/** Looks at a node before a build. Every path is absolute. */
export function buildHostQuery(pool: string, files: readonly string[], programs: readonly string[]): Query<BuildHost> {
  return {
    steps: [{ run: ["sh", "-c", script, "mclu-build", pool, String(files.length), ...files, ...programs] }],
    parse([answer]) {
      const lines = (answer?.texts[0] ?? "").split("\n").filter((line) => line !== "");
      const values = (word: string) =>
        lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
      const [uid] = values("uid");
      const [home] = values("home");
      const free = wholeNumber(values("free")[0]);
      if (uid === undefined || home === undefined || free === null || lines.at(-1) !== "end")
        throw new UnexpectedOutput("what a node is like", lines.join(" "));
      return {
        home,
        isRoot: uid === "0",
        writable: lines.includes("writable"),
        missing: values("missing"),
        taken: values("taken"),
        closed: values("closed")[0] ?? null,
        temporary: free * 1024,
      };
    },
  };
}

/** POOL COUNT FILE... PROGRAM... */
const script = `pool=$1 count=$2; shift 2
while [ "$count" -gt 0 ]; do
if [ -e "$1" ] || [ -L "$1" ]; then echo "taken $1"; fi
count=$((count - 1)); shift
done
echo "uid $(id -u)"; echo "home $HOME"
for program in "$@"; do command -v "$program" >/dev/null || echo "missing $program"; done
if [ -w "$pool" ] && [ -x "$pool" ]; then echo writable; fi
echo "free $(df -Pk /var/tmp | awk 'NR == 2 { print $4 }')"
if ! grep -Eqs '^ *user *= *"?([+]?0|root)"? *$' /etc/libvirt/qemu.conf; then
at=$pool
while [ "$at" != / ] && [ -n "$at" ]; do
case $(stat -L -c %a "$at" 2>/dev/null) in *[13579]|'') ;; *) echo "closed $at" ;; esac
at=\${at%/*}
done
fi
echo end`;
