import { originShell } from "../libvirt/lvm-origin.ts";
import { lastLookFunctions } from "./last-look.ts";

/** Exit code of `mclu_redefine` where somebody else was faster. */
export const conflictCode = 65;

/**
 * What the actions of a change call: each is a function that says why it failed on stdout, and fails. They expect
 * `mclu_virsh`, $mclu_uri, $mclu_nonce, $mclu_uuid and $mclu_code.
 *
 *   mclu_unless WHY COMMAND...             goes on only where it fails
 *   mclu_only WHY SAYS COMMAND...          goes on only where it says one of A|B|C
 *   mclu_until WHY LACKS SECONDS COMMAND...  goes on once it no longer says LACKS
 *   mclu_feed TEXT COMMAND...              with TEXT for /dev/stdin, which shows in no list of processes
 *   mclu_lock, mclu_unlock                 one at a time on this node: two that began at once would both find a definition as
 *                                          it was. Where nobody can lock anything, and after 20 s, it goes on without
 *   mclu_redefine BEFORE AFTER [OPTION]    defines AFTER where the definition still is BEFORE, and says what came of it
 *   mclu_make PATH PART FORMAT SIZE        an image, with its name only once it is whole and where nothing has that name;
 *                                          mclu_unmake takes it away where the change failed and is not still under way,
 *                                          unless the guest has it all the same; mclu_withdraw where the change is ended
 *                                          before libvirt was told of it
 *   mclu_has WHY TEXT ELEMENT COMMAND...   goes on only where it says TEXT, inside the first such XML element unless that is empty
 *   mclu_remove PATH IDENTITY PLACE...     a file that is still the same, and that nobody has taken: `mclu_free`;
 *   mclu_remove_volume PATH IDENTITY POOL VOLUME PLACE...  the same by libvirt
 *   mclu_do FUNCTION..., mclu_try ...      frames what one says; after mclu_try the change goes on in any case
 */
export const changeFunctions = `${lastLookFunctions}${originShell}mclu_unless() {
mclu_why=$1
shift
mclu_virsh "$@" >/dev/null || { mclu_virsh uri; return; }
printf '%s\\n' "$mclu_why"
return 1
}
mclu_only() {
mclu_why=$1
mclu_says=$2
shift 2
mclu_said=$(mclu_virsh "$@")
case "|$mclu_says|" in *"|$mclu_said|"*) return 0 ;; esac
printf '%s: %s\\n' "$mclu_why" "$mclu_said"
return 1
}
mclu_until() {
mclu_why=$1
mclu_lacks=$2
mclu_left=$3
shift 3
while mclu_said=$(mclu_virsh "$@") || { printf '%s\\n' "$mclu_said"; return 1; }; do
case $mclu_said in *"$mclu_lacks"*) ;; *) return 0 ;; esac
[ $mclu_left -gt 0 ] || { printf '%s\\n' "$mclu_why"; return 1; }
mclu_left=$((mclu_left - 1))
sleep 1
done
}
mclu_feed() {
# libvirt may have the image from here on, whatever becomes of us
trap - TERM HUP INT PIPE
mclu_sent=1 mclu_input=$1
shift
printf '%s\\n' "$mclu_input" | mclu_virsh "$@"
}
mclu_lock() {
for mclu_place in /run "$XDG_RUNTIME_DIR"; do
[ -n "$mclu_place" ] && [ -w "$mclu_place" ] && command -v flock >/dev/null && ( : >>"$mclu_place/mclu-define.lock" ) 2>/dev/null || continue
exec 9>"$mclu_place/mclu-define.lock"
flock -w 20 9
return
done
}
mclu_unlock() { exec 9>&-; }
mclu_redefine() {
mclu_secure() { mclu_virsh dumpxml --inactive --security-info "$mclu_uuid"; }
mclu_said=$(mclu_secure) || { printf '%s\\n' "$mclu_said"; return 1; }
[ "x$mclu_said" = "x$1" ] || { printf '%s\\n' "$mclu_said"; return ${conflictCode}; }
mclu_input=$2
shift 2
mclu_said=$(mclu_feed "$mclu_input" define "$@" --file /dev/stdin) || { printf '%s\\n' "$mclu_said"; return 1; }
mclu_secure
}
mclu_make() {
if [ -e "$1" ] || [ -L "$1" ]; then echo "$1 is there already"; return ${conflictCode}; fi
mclu_wanted=$1 mclu_part=$2
# PIPE: the shell says "Terminated" to nobody, and would end by that
trap mclu_withdraw TERM HUP INT PIPE
( umask 077; mclu_limit qemu-img create -q -f "$3" -- "$2" "$4" 2>&1 ) && mclu_made=$(stat -c %d:%i -- "$2") &&
ln -T -- "$2" "$1" 2>&1 && mclu_final=$1
mclu_status=$?
if [ -z "$mclu_final" ] && [ -e "$1" ]; then mclu_status=${conflictCode}; fi
rm -f -- "$2"
return $mclu_status
}
mclu_withdraw() {
rm -f -- "$mclu_part"
[ "$(stat -c %d:%i -- "$mclu_wanted" 2>&1)" != "$mclu_made" ] || rm -f -- "$mclu_wanted"
exit 143
}
mclu_unmake() {
[ -n "$mclu_final" ] && [ $mclu_code -ne 0 ] || return 0
if [ -n "$mclu_sent" ]; then
[ $mclu_code -ne 124 ] && [ $mclu_code -ne 137 ] || return 0
mclu_said=$(mclu_virsh domblklist "$mclu_uuid" && mclu_virsh domblklist --inactive "$mclu_uuid") || return 0
case $mclu_said in *"$mclu_final"*) return 0 ;; esac
fi
[ "$(stat -c %d:%i -- "$mclu_final")" != "$mclu_made" ] || rm -f -- "$mclu_final"
}
mclu_final= mclu_sent= mclu_made=
mclu_do() {
[ $mclu_code -eq 0 ] || return
echo "$mclu_nonce" text
"$@"
mclu_code=$?
echo
echo "$mclu_nonce" code $mclu_code
}
mclu_has() {
mclu_why=$1 mclu_text=$2 mclu_element=$3
shift 3
mclu_said=$(mclu_virsh "$@") || { printf '%s\\n' "$mclu_said"; return 1; }
case $mclu_element:$mclu_said in
:*) ;;
*"<$mclu_element>"*) mclu_said=\${mclu_said#*"<$mclu_element>"} mclu_said=\${mclu_said%%"</$mclu_element>"*} ;;
*) mclu_said= ;;
esac
case $mclu_said in *"$mclu_text"*) return 0 ;; esac
printf '%s\\n' "$mclu_why"
return 1
}
mclu_remove() {
[ -e "$1" ] || [ -L "$1" ] || return 0
mclu_gone=$1 mclu_was=$2
shift 2
mclu_free "$mclu_gone" "$mclu_was" '' "$@" || return
# from here on another directory of that name is of no matter
( cd -P -- "\${mclu_gone%/*}/" && mclu_gone=./\${mclu_gone##*/} && mclu_same "$mclu_gone" "$mclu_was" || exit
[ -f "$mclu_gone" ] && [ ! -L "$mclu_gone" ] || { echo 'it is no regular file any more'; exit 1; }
rm -f -- "$mclu_gone" 2>&1 && mclu_vanished "$mclu_gone" )
}
mclu_vanished() {
if [ -e "$1" ] || [ -L "$1" ]; then echo 'it is there still, although its removal did not fail'; return 1; fi
}
mclu_remove_volume() {
mclu_gone=$1 mclu_was=$2 mclu_pool=$3 mclu_volume=$4
shift 4
mclu_free "$mclu_gone" "$mclu_was" '' "$@" || return
mclu_same "$mclu_gone" "$mclu_was" || return
[ "x$(mclu_virsh vol-path --vol "$mclu_volume" --pool "$mclu_pool")" = "x$mclu_gone" ] || { echo 'the volume is elsewhere by now'; return 1; }
! mclu_origin "$mclu_gone" || { echo 'it has LVM snapshots, which would go with it'; return 1; }
mclu_virsh vol-delete --vol "$mclu_volume" --pool "$mclu_pool" && mclu_vanished "$mclu_gone"
}
mclu_try() {
[ $mclu_code -eq 0 ] || return
mclu_do "$@"
mclu_code=0
}`;
