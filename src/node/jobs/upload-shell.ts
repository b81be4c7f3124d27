/**
 * Functions of `sh`, after those of `jobShell`, about the process that receives a job's files: it writes its boot, number
 * and start time into the job's `uploader`, and has the job's ID among its arguments.
 *
 *   mclu_receives JOB     whether it is there; 2: nobody wrote down which it is
 *   mclu_cut_off JOB      whether it is gone, and the job never started nor ended
 *   mclu_end_upload JOB   ends it: what it has not appended by then is lost
 */
export const uploadShell = `mclu_receives() {
mclu_mine "$1/uploader" || return 2
mclu_u_boot= mclu_u_pid= mclu_u_start=
read -r mclu_u_boot mclu_u_pid mclu_u_start <"$1/uploader"
case "$mclu_u_pid:$mclu_u_start" in *[!0-9:]*|:*|*:) return 1 ;; esac
[ "$mclu_u_boot" = "$mclu_this_boot" ] && mclu_process "$mclu_u_pid" && [ "$mclu_p_state" != Z ] &&
[ "$mclu_p_start" = "$mclu_u_start" ] && grep -qF -- "\${1##*/}" "/proc/$mclu_u_pid/cmdline" 2>/dev/null
}
mclu_cut_off() {
[ ! -e "$1/started" ] && [ ! -e "$1/end" ] || return 1
mclu_code=0
mclu_receives "$1" || mclu_code=$?
[ $mclu_code -eq 1 ]
}
mclu_end_upload() {
mclu_count=0
while mclu_receives "$1" && [ $mclu_count -lt 100 ]; do
kill -s KILL "$mclu_u_pid" 2>/dev/null
mclu_count=$((mclu_count + 1)); sleep 0.1
done
}
`;
