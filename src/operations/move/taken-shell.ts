import { quote } from "../../node/shell.ts";

/**
 * `volume_taken POOL VOLUME`, a function of `sh`: whether a guest of the target names a volume by now, or nobody can tell. A
 * move that failed may be undone much later. Expects `there`.
 */
export const takenFunction = `volume_taken() {
ids=$(there list --all --uuid) || return 0
[ -n "$ids" ] || return 1
where=$(there vol-path --pool "$1" "$2") || return 0
for id in $ids; do
if theirs=$(there "dumpxml $id; dumpxml $id --inactive"); then :; else case $(there list --all --uuid) in *"$id"*) return 0 ;; *) continue ;; esac; fi
theirs=$(printf '%s\\n' "$theirs" | sed "s/&lt;/</g; s/&gt;/>/g; s/&quot;/\\"/g; s/&apos;/'/g; s/&amp;/\\&/g")
case $theirs in *"'$where'"*|*">$where<"*|*" volume='$2'"*) return 0 ;; esac
done
return 1
}
`;

/** Bytes that an image without content has at most. */
const emptySize = 1024 ** 2;

/**
 * Functions of `sh` for a volume that is being made: the job's file \`volumes\` has its line, with a third word, before
 * libvirt is told to make it. Expect `there`.
 *
 *   end_making CODE        what became of it: it is made, or it is not and the line goes; where libvirt cannot say, that stays
 *   volume_empty POOL VOLUME  whether nothing is in it: one of that name with content may not be the one that was being made
 *   undecided POOL VOLUME  leaves one alone of which nobody can tell, says so, and keeps its line: a disk that nothing knows
 *                         of would stay otherwise, and keep the guest from moving there
 * @param node name of the target
 */
export function makingFunctions(node: string): string {
  return `end_making() {
case $1 in 0) kept_line='s/\\tmaking$//' ;; 124|137) return 0 ;; *) there uri >/dev/null 2>&1 || return 0; kept_line='/\\tmaking$/d' ;; esac
sed "$kept_line" "$MCLU_JOB/volumes" >"$MCLU_JOB/volumes.new" && mv -f "$MCLU_JOB/volumes.new" "$MCLU_JOB/volumes"
}
volume_empty() {
bytes=$(there vol-info --bytes --pool "$1" "$2" 2>/dev/null | sed -n 's/^Allocation: *\\([0-9]*\\).*/\\1/p')
[ -n "$bytes" ] && [ "$bytes" -le ${emptySize} ]
}
undecided() {
echo "the move may have made the volume $2 of pool $1, or somebody else: once that is known, "${quote(`mclu virsh ${quote(node)} -- vol-delete`)}" --pool '$1' '$2'"
printf '%s\\t%s\\tmaking\\n' "$1" "$2" >>"$MCLU_JOB/undecided"
}
`;
}
