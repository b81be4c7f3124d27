import { deviceShell, identityFormat, uptimeShell } from "./rollback-shell.ts";

/**
 * What a job's stages may call; each ends the job where it fails, as every command of a stage does (\`set -e\`).
 *
 *   mclu_fail WORD TEXT       ends the job with a reason that a program can tell apart
 *   mclu_making PATH          before a program makes PATH, which must not be there
 *   mclu_made PATH            after it did; or for what \`mkdir\` made
 *   mclu_left PATH            like mclu_made: stays after success, and gc offers it
 *   mclu_publish PART FINAL   gives PART its final name, and writes it out; a FINAL that is there is a refusal, reason
 *                             \`exists\`
 *   mclu_commit COMMAND...    the commit point: once COMMAND has succeeded nothing is removed any more. No signal reaches
 *                             it; where its success is in doubt the job's check decides, and of one that was killed nobody
 *                             knows for a while that it has failed
 *   mclu_forget NAME          removes an uploaded file that is needed no more; at the end all of them go
 */
export const stageShell = `${deviceShell}${uptimeShell}mclu_stage() {
printf '%s %s\\n' "$(date +%s)" "$*" >"$MCLU_JOB/stage.tmp"
mv -f "$MCLU_JOB/stage.tmp" "$MCLU_JOB/stage"
printf '\\nmclu:%s stage %s\\n' "$MCLU_ID" "$(cat "$MCLU_JOB/stage")"
}
mclu_fail() {
mclu_word=$1; shift
{ printf '%s %s' "$mclu_word" "$*" | tr '\\n' ' '; echo; } >"$MCLU_JOB/reason.tmp"
mv -f "$MCLU_JOB/reason.tmp" "$MCLU_JOB/reason"
printf '%s\\n' "$*" >&2
exit 1
}
mclu_note() {
case $2 in *"
"*|*' ') mclu_fail path "a path that ends in a space or has a newline: $2" ;; /*) ;; *) mclu_fail path "not an absolute path: $2" ;; esac
printf '%s %s\\n' "$1" "$2" >>"$MCLU_JOB/manifest"
sync "$MCLU_JOB/manifest" 2>/dev/null || :
}
mclu_making() {
if [ -e "$1" ] || [ -L "$1" ]; then mclu_fail exists "$1 is there already"; fi
mclu_note "making $(mclu_device "$1") -" "$1"
}
mclu_identify() {
mclu_identity=$(stat -c '${identityFormat}' -- "$1")
}
mclu_made() {
mclu_identify "$1"
mclu_note "made $mclu_identity" "$1"
}
mclu_left() {
mclu_identify "$1"
mclu_note "left $mclu_identity" "$1"
}
mclu_publish() {
if [ -e "$2" ] || [ -L "$2" ]; then mclu_fail exists "$2 is there already"; fi
mclu_identify "$1"
mclu_note "made $mclu_identity" "$2"
if ! mclu_said=$(ln -T -- "$1" "$2" 2>&1); then
mclu_note dropped "$2"
[ ! -e "$2" ] || mclu_fail exists "$2 is there already"
mclu_fail publish "$2 could not be made: \${mclu_said##*: }"
fi
rm -- "$1"
# a guest whose disk a power cut could tear is never defined; a sync of old writes out all, with a warning
mclu_said=$(sync -- "$2" 2>&1) || mclu_fail publish "$2 could not be written: \${mclu_said##*: }"
sync -- "\${2%/*}" 2>/dev/null || :
}
mclu_commit() {
trap '' TERM INT HUP
: >"$MCLU_JOB/committing"
: >"$MCLU_JOB/finishing"
sync "$MCLU_JOB/committing" 2>/dev/null || :
mclu_code=0
"$@" || mclu_code=$?
if [ $mclu_code -ne 0 ] && [ -f "$MCLU_JOB/check" ]; then
mclu_answer=0
timeout -k 2 20 sh "$MCLU_JOB/check" </dev/null >/dev/null 2>&1 || mclu_answer=$?
case $mclu_answer:$mclu_code in
0:*) mclu_code=0 ;;
*:124|*:1[3-9]?|*:2??) mclu_uptime; echo "$mclu_up" >"$MCLU_JOB/committing" ;;
1:*) rm -f "$MCLU_JOB/committing" ;;
esac
elif [ $mclu_code -ne 0 ]; then rm -f "$MCLU_JOB/committing"; fi
[ $mclu_code -ne 0 ] || : >"$MCLU_JOB/committed"
rm -f "$MCLU_JOB/finishing"
trap - TERM INT HUP
[ ! -e "$MCLU_JOB/stopping" ] || exit 143
return $mclu_code
}
mclu_forget() { rm -f -- "$MCLU_JOB/files/$1"; }
set -e
`;
