import { jobShell } from "./job-shell.ts";
import { rollbackShell } from "./rollback-shell.ts";

/**
 * The job's own first process: it leads the session, runs the stages in a child, undoes them when they fail or when it is
 * told to end, and writes how that went. It outlives its stages by the rollback only, so that it must be small and the
 * same for every job. Its argument is the job's directory.
 *
 * A stage that fills a disk may fall silent for ever (qemu pauses an appliance that cannot write), which nothing but a look
 * at the disk can tell: two looks in a row below the floor are the end. The watch says by its exit code which line of
 * `watch` it was, and `room`, which came with the job, is given up when nothing writes any more: where the job's own file
 * system is the full one, how it ended could not be written down otherwise.
 */
export const supervisorShell = `${jobShell}${rollbackShell}mclu_held=
MCLU_ID=\${1##*/} TMPDIR=$1/tmp
export MCLU_ID TMPDIR
cd "$1" || exit 70
exec </dev/null >>log 2>&1
mclu_told=
trap 'mclu_told=1' TERM INT HUP
mclu_process $$
[ "$mclu_p_group" = $$ ] || { echo "no process group of its own"; exit 71; }
mkdir -p tmp
echo "$mclu_this_boot $$ $mclu_p_start $mclu_p_group" >process-tmp && mv process-tmp process || exit 72
mclu_others() {
mclu_found=
for mclu_stat in /proc/[0-9]*/stat; do
{ IFS= read -r mclu_line <"$mclu_stat"; } 2>/dev/null || continue
set -- "\${mclu_stat#/proc/}" \${mclu_line##*) }
if [ "$5" = $$ ] && [ "\${1%/stat}" != $$ ] && [ "$2" != Z ]; then mclu_found="$mclu_found \${1%/stat}"; fi
done
[ -n "$mclu_found" ]
}
mclu_end_others() {
mclu_others || return 0
# of the session: timeout(1) has a process group of its own
kill -TERM 0 $mclu_found 2>/dev/null
mclu_count=0
while mclu_others; do
mclu_count=$((mclu_count + 1)) mclu_most=50
# what commits has a deadline of its own, and its check one
[ ! -e finishing ] || mclu_most=450
[ $mclu_count -le $mclu_most ] || kill -KILL $mclu_found 2>/dev/null
sleep 0.2
done
}
mclu_short() {
mclu_count=0 mclu_full=0
while read -r mclu_floor mclu_path; do
mclu_count=$((mclu_count + 1))
mclu_free=$(stat -f -c '%a*%S/1024' "$mclu_path" 2>/dev/null) || continue
[ $(($mclu_free)) -ge "$mclu_floor" ] || { mclu_full=$mclu_count; return; }
done <watch
}
mclu_watch() {
trap - TERM
mclu_was=0
while sleep 3; do
mclu_short
if [ $mclu_full -ne 0 ] && [ $mclu_full = $mclu_was ]; then trap '' TERM; kill -TERM $$; exit $mclu_full; fi
mclu_was=$mclu_full
done
}
mclu_explain() {
awk -v line="$1" 'NR == line { floor = $1; sub(/^[^ ]+ /, ""); if ($0 == ".") $0 = ENVIRON["MCLU_JOB"]
print "no-space less than " floor " KiB free in " $0 }' watch >reason.tmp && mv -f reason.tmp reason
}
mclu_little() {
while read -r mclu_floor mclu_path; do
mclu_free=$(stat -f -c '%a*%S/1024' "$mclu_path" 2>/dev/null) || continue
[ "$mclu_path" != . ] || mclu_path=$MCLU_JOB
[ $(($mclu_free)) -ge 1048576 ] || echo "only $(($mclu_free)) KiB are free in $mclu_path"
done <watch
}
mclu_mark begin "$(date +%s)"
sh ./script &
mclu_worker=$!
mclu_watch &
mclu_watcher=$!
wait $mclu_worker
mclu_code=$?
trap '' TERM INT HUP
: >stopping
mclu_full=0
# what failed of itself may have met a full disk before the watch did
[ $mclu_code -eq 0 ] || [ -n "$mclu_told" ] || mclu_short
mclu_end_others
rm -f room
wait $mclu_watcher
mclu_last=$?
if [ $mclu_last -gt 0 ] && [ $mclu_last -lt 128 ]; then mclu_full=$mclu_last; fi
# the signal may have ended the first wait, or have come after it
if [ -n "$mclu_told" ]; then
wait $mclu_worker
mclu_last=$?
[ $mclu_last -eq 127 ] || mclu_code=$mclu_last
fi
mclu_how=done
if [ $mclu_code -ne 0 ]; then
mclu_how=failed
if [ ! -s reason ]; then
if [ $mclu_full -ne 0 ]; then mclu_explain $mclu_full
elif [ -n "$mclu_told" ]; then mclu_how=cancelled
# virt-builder may not say that a disk was full, and removes its half file at once
else mclu_little; fi
fi
mclu_rollback "$1" >>outcome
fi
mclu_finish "$1" $mclu_how $mclu_code
mclu_mark end
`;
