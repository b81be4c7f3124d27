/**
 * What a file is known by: device, inode, and the time it was made where the file system keeps that. A file system gives
 * the number of an inode to the next file as soon as it is free.
 */
export const identityFormat = "%d %i.%.9W";

/** `mclu_device PATH`: the number of the file system that PATH is on, or would be. */
export const deviceShell = `mclu_device() {
mclu_above=\${1%/*}
until [ -e "\${mclu_above:-/}" ]; do mclu_above=\${mclu_above%/*}; done
stat -L -c %d -- "\${mclu_above:-/}"
}
`;

/** `mclu_uptime`: seconds since the node was started, in mclu_up; 0 where nobody says. No clock that is set changes it. */
export const uptimeShell = `mclu_uptime() {
{ read -r mclu_up mclu_rest </proc/uptime; } 2>/dev/null || mclu_up=0
mclu_up=\${mclu_up%%.*}
}
`;

/**
 * Seconds for which a commit that was killed, and that its check cannot see, stays in doubt: the command is gone, and libvirt,
 * which it had asked, may be at it still.
 */
const doubtSeconds = 600;

/** Exit code of a job's own rollback that could not do all now; whoever undoes the job later runs it again. */
export const unfinished = 75;

/**
 * Functions of `sh` that undo a job and end it; the job runs them itself, and `cancel` and `gc` where it could not.
 *
 * Whoever asks about jobs says in mclu_check how many seconds their checks may take together; once they are over it is one
 * each. mclu_patience is how many a job's own rollback may take, and mclu_ended the code that it ended with.
 *
 * A manifest's lines, of which the last about a path counts:
 *   making DEVICE - PATH  it may come into being now, by a program that may replace the file (virt-builder does)
 *   made DEVICE INODE PATH
 *   left DEVICE INODE PATH  outlives the job's success; gc offers it
 *   dropped PATH          another one's after all
 * Something is removed only where path, device and inode are those of its line, and \`mclu_wanted PATH\` fails; else that
 * says who needs it. A job itself asks nobody: what it undoes was made a moment ago. A file that is still being made is not
 * known so well: it must be a regular file of ours that has the job's unguessable ID in its name. What is not there counts
 * as gone only where the file system of its line is the one that is there now: a pool may not be mounted yet.
 */
export const rollbackShell = `${deviceShell}${uptimeShell}mclu_wanted() { return 1; }
mclu_entries() {
mclu_mine "$1/manifest" || return 0
awk '{ kind = $1; id = "- -"
if (kind == "dropped") sub(/^[^ ]+ /, ""); else { id = $2 " " $3; sub(/^[^ ]+ [^ ]+ [^ ]+ /, "") }
if (!($0 in last)) order[++count] = $0
last[$0] = kind " " id }
END { while (count > 0) { print last[order[count]], order[count]; count-- } }' "$1/manifest"
}
mclu_match() {
mclu_why=
if [ -L "$4" ]; then mclu_why='a symbolic link now'; return 1; fi
if [ ! -e "$4" ]; then
[ "$(mclu_device "$4")" != "$2" ] || return 2
mclu_why='not there now: is its file system mounted?'; return 3
fi
case $mclu_held in *"
$4
"*) mclu_why='in the manifest of a job that runs'; return 1 ;; esac
if [ "$1" = making ]; then
case \${4##*/} in *"\${5##*/}"*) if [ -f "$4" ] && [ -O "$4" ]; then return 0; fi ;; esac
mclu_why='not known to be of this job'; return 1
fi
[ "$(stat -c '${identityFormat}' "$4")" = "$2 $3" ] || { mclu_why='another file now'; return 1; }
}
mclu_remove() {
if [ -d "$2" ]; then rmdir "$2" 2>/dev/null || { printf 'kept\\tnot empty\\t%s\\n' "$2"; return 0; }
else { rm -f -- "$2" && [ ! -e "$2" ]; } || { printf 'kept\\tcannot be removed\\t%s\\n' "$2"; return 1; }; fi
printf 'removed\\t%s\\t%s\\n' "$1" "$2"
}
mclu_doubted() {
mclu_killed=; { read -r mclu_killed <"$1/committing"; } 2>/dev/null
case $mclu_killed in ''|*[!0-9]*) return 1 ;; esac
[ "$mclu_up" -ge "$mclu_killed" ] && [ $((mclu_up - mclu_killed)) -lt ${doubtSeconds} ]
}
mclu_committed() {
[ ! -e "$1/committed" ] || return 0
# what was undone never comes true: where its guest is by now is another job's doing
[ -e "$1/committing" ] && [ ! -e "$1/rolled" ] || return 1
mclu_mine "$1/check" || return 2
mclu_uptime; mclu_from=$mclu_up
# not in its environment, which is what a process of the job is known by: one that is only asked may outlive the question
timeout -k 2 "\${mclu_check:-20}" sh -c 'MCLU_JOB=$1 MCLU_ID=$2; . "$1/check"' sh "$1" "\${1##*/}" </dev/null >/dev/null 2>&1
mclu_came=$?
mclu_uptime
if [ -n "$mclu_check" ]; then mclu_check=$((mclu_check - mclu_up + mclu_from)); [ $mclu_check -ge 1 ] || mclu_check=1; fi
case $mclu_came in 0) : >"$1/committed"; return 0 ;; 1) mclu_doubted "$1" || return 1 ;; esac
return 2
}
mclu_rollback() {
mclu_later=0 mclu_ended=0
mclu_committed "$1"
case $? in 0) return 0 ;; 2) printf 'kept\\twhether it was committed is unknown\\t%s\\n' "$1"; return 0 ;; esac
if [ ! -e "$1/rolled" ] && mclu_mine "$1/rollback"; then
mclu_from=0; [ ! -f "$1/log" ] || mclu_from=$(wc -c <"$1/log")
MCLU_JOB=$1 MCLU_ID=\${1##*/} timeout -k 2 "\${mclu_patience:-60}" sh "$1/rollback" </dev/null >>"$1/log" 2>&1 || mclu_ended=$?
case $mclu_ended in ${unfinished}|12[4-9]|1[3-9]?|2??) mclu_later=1
mclu_why=$(tail -c +$((mclu_from + 1)) "$1/log" | tr '\\t' ' ' | tr -d '\\000-\\011\\013-\\037' | grep -v -e '^$' -e '^unclear$' | tail -n 1 | head -c 500 | sed 's| *$||')
printf 'kept\\tit could not be undone to its end%s\\t%s\\n' "\${mclu_why:+: $mclu_why}" "$1" ;; esac; fi
# it found that the job came true after all: what it wrote down is what outlives that
[ ! -e "$1/committed" ] || return $mclu_later
mclu_entries "$1" | ( mclu_undone=$mclu_later
while read -r mclu_kind mclu_device mclu_inode mclu_path; do
[ "$mclu_kind" != dropped ] || continue
mclu_match "$mclu_kind" "$mclu_device" "$mclu_inode" "$mclu_path" "$1"
case $? in
0) if mclu_why=$(mclu_wanted "$mclu_path"); then printf 'kept\\t%s\\t%s\\n' "$mclu_why" "$mclu_path"; mclu_undone=1
else mclu_remove "$mclu_kind" "$mclu_path" || mclu_undone=1; fi ;;
1) printf 'kept\\t%s\\t%s\\n' "$mclu_why" "$mclu_path" ;;
3) printf 'kept\\t%s\\t%s\\n' "$mclu_why" "$mclu_path"; mclu_undone=1 ;;
esac
done
exit $mclu_undone ) || return 1
: >"$1/rolled"
}
mclu_release() {
mclu_names=\${1%/jobs/*}/names
[ -d "$mclu_names" ] || return 0
( flock 9; for mclu_each in "$mclu_names"/*; do
mclu_owner=; read -r mclu_owner mclu_rest <"$mclu_each/owner"
[ "$mclu_owner" != "\${1##*/}" ] || rm -rf "$mclu_each"
done ) 9>"$mclu_names/.lock" 2>/dev/null || :
}
mclu_finish() {
rm -rf "$1/tmp" "$1/files" "$1/blob" "$1/room" "$1"/piece.*
mclu_release "$1"
printf '%s %s %s\\n' "$2" "$3" "$(date +%s)" >"$1/end.tmp" && mv -f "$1/end.tmp" "$1/end"
}
`;
