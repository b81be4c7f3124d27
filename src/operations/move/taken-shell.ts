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
