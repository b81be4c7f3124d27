import { imageHeadsShell } from "./image-heads.ts";
import { type Query, UnexpectedOutput } from "./query.ts";
import type { NamedVolume } from "./volume-images.ts";

/**
 * A function of `sh` that reads volumes through libvirt, which may read every file. Expects `mclu_virsh`.
 *
 *   mclu_fetch POOL BYTES NAME...   the first bytes of each volume into the files 1, 2 ... of the working directory; no file
 *                                   for one that libvirt cannot read: a directory, or one that is gone. Fails where virsh was ended
 *                                   before it came to all
 */
export const fetchShell = `mclu_fetch() {
mclu_from=$1 mclu_bytes=$2 mclu_number=0 mclu_whole=0
shift 2
while [ $# -gt 0 ]; do
mclu_words= mclu_count=0 mclu_first=$mclu_number
while [ $# -gt 0 ] && [ $mclu_count -lt 200 ]; do
mclu_number=$((mclu_number + 1)) mclu_count=$((mclu_count + 1)) mclu_word=$1
case $1 in *\\'*) mclu_word=$(printf '%s.' "$1" | sed "s/'/'\\\\\\\\''/g") mclu_word=\${mclu_word%.} ;; esac
mclu_words="$mclu_words vol-download --pool $mclu_from --vol '$mclu_word' --file $mclu_number --length $mclu_bytes;"
shift
done
if ! mclu_virsh "$mclu_words uri" >/dev/null 2>&1; then
# ended in the middle: what it was reading may have begun, with nothing in it yet
mclu_last=$mclu_number
while [ $mclu_last -gt $mclu_first ] && [ ! -e $mclu_last ]; do mclu_last=$((mclu_last - 1)); done
[ $mclu_last -eq $mclu_first ] || rm -f $mclu_last
mclu_whole=1
fi
done
return $mclu_whole
}
`;

/**
 * What the first bytes of a volume show: it is based on nothing; on what libvirt names, and has its content in itself; or
 * nobody can tell by them.
 */
export type VolumeHead = "plain" | "based" | "vague";

const script = `${imageHeadsShell}${fetchShell}mclu_uri=$1 mclu_pool=$2 mclu_place=$3
shift 3
limit=
command -v timeout >/dev/null && limit='timeout 60'
mclu_virsh() { $limit virsh -q -c "$mclu_uri" "$@" </dev/null; }
mclu_heads_in=$(mktemp -d) && cd "$mclu_heads_in" || exit
trap 'rm -rf -- "$mclu_heads_in"' EXIT
trap 'exit 143' TERM HUP INT PIPE
mclu_fetch "$mclu_pool" 80 "$@"
mclu_at=0
for mclu_name; do
mclu_at=$((mclu_at + 1))
if [ -d "$mclu_place/$mclu_name" ]; then echo plain
elif [ ! -f $mclu_at ]; then echo vague
else
mclu_head=$(mclu_digits <$mclu_at)
if ! mclu_overlay "$mclu_head"; then echo plain
else case $mclu_head in 514649fb00000002*|514649fb00000003*[012389ab]) echo based ;; *) echo vague ;; esac
fi
fi
done`;

/**
 * Reads the first bytes of volumes of one pool through libvirt.
 * @param uri libvirt's on the node
 * @param directory of the pool
 */
export function volumeHeadsQuery(
  uri: string,
  directory: string,
  volumes: readonly NamedVolume[],
): Query<readonly VolumeHead[]> {
  const [first] = volumes;
  const names = volumes.map(({ name }) => name);
  return {
    steps: first ? [{ run: ["sh", "-c", script, "mclu", uri, first.pool, directory, ...names] }] : [],
    parse([answer]) {
      const lines = (answer?.texts[0] ?? "").split("\n").filter((line) => line !== "");
      // without a place for temporary files nobody can tell
      if (answer?.code !== 0 && lines.length === 0) return volumes.map(() => "vague");
      if (lines.length !== volumes.length) throw new UnexpectedOutput(`${volumes.length} heads`, lines.join("\n"));
      return lines.map((line) => {
        if (line === "plain" || line === "based" || line === "vague") return line;
        throw new UnexpectedOutput("what a head shows", line);
      });
    },
  };
}
