import { networkFileSystemShell } from "../libvirt/file-system.ts";
import { imageHeadsShell } from "../libvirt/image-heads.ts";
import { fetchShell } from "../libvirt/volume-heads.ts";
import { inUseFunctions } from "./in-use.ts";

/**
 * What looks at a file in the last moment before it is removed: a guest may have taken it, and an image may have been made
 * on it, since the plan was made. Expects `mclu_virsh`, `mclu_limit` and $mclu_uri.
 *
 *   mclu_paths              the files that definitions on stdin name, a NUL behind each: in any attribute, in any text, and
 *                           as a volume of a pool. libvirt writes newlines in them as they are
 *   mclu_names IDENTITY UUID...  whether one of these guests names the file, as it is, as it will be, or in its saved
 *                           memory; 2: nobody can tell
 *   mclu_named IDENTITY BUT   fails, and says who names it, where a guest other than BUT does
 *   mclu_bases FILE PLACE...  says which images in these places are backed by it, or may be: one that cannot be read, or
 *                           whatever is in a directory that this login cannot list, where libvirt cannot either, or is on
 *                           network storage: what libvirt may not open there it leaves out of its list without a word.
 *                           One that is gone meanwhile is based on nothing: it was removed with another guest
 *   mclu_based FILE PLACE...  fails, and says which, where there is one
 *   mclu_unbased FILE IDENTITY RAW PLACE...  fails where one is, or where it is no longer the file that was looked at; one
 *                           that cannot be read is none, nor are the files of RAW, a line each, which guests write as raw
 *   mclu_free FILE IDENTITY BUT PLACE...  fails for any of that, where it is no longer the file that was looked at, and where
 *                           a program has it open although BUT is off
 */
export const lastLookFunctions = `${imageHeadsShell}${fetchShell}${networkFileSystemShell}${inUseFunctions}mclu_plain() {
sed "s/&lt;/</g; s/&gt;/>/g; s/&quot;/\\"/g; s/&apos;/'/g; s/&amp;/\\&/g" | tr '\\n\\001' '\\000\\n'
}
mclu_paths() {
mclu_xml=$(cat; echo .)
printf %s "$mclu_xml" | tr '\\n' '\\001' | tr "<>'\\"" '\\n\\n\\n\\n' | grep '^/' | mclu_plain
printf %s "$mclu_xml" | sed -n "s/.*<source [^>]*pool='\\([^']*\\)'[^>]* volume='\\([^']*\\)'.*/\\1\\n\\2/p" | mclu_plain | tr '\\000' '\\n' |
while IFS= read -r mclu_pool && IFS= read -r mclu_volume; do
mclu_virsh_r vol-path --pool "$mclu_pool" --vol "$mclu_volume" && continue
mclu_virsh_r pool-dumpxml --pool "$mclu_pool" | sed -n 's|^ *<path>\\(.*\\)</path>.*|\\1|p' | mclu_plain | tr '\\000' '\\n' | sed -e q | tr '\\n' /
printf '%s\\n' "$mclu_volume"
done 2>/dev/null | grep '^/' | tr '\\n' '\\000'
}
mclu_virsh_r() { mclu_limit virsh -q -r -c "$mclu_uri" "$@" </dev/null; }
mclu_definitions() {
while [ $# -gt 0 ]; do
mclu_words= mclu_count=0
while [ $# -gt 0 ] && [ $mclu_count -lt 400 ]; do
mclu_words="$mclu_words dumpxml $1; dumpxml $1 --inactive;" mclu_count=$((mclu_count + 1))
shift
done
mclu_limit virsh -q -r -c "$mclu_uri" "$mclu_words uri" 2>/dev/null || return
done
}
mclu_names() {
mclu_looked=$1
shift
mclu_texts=$(mclu_definitions "$@") || return 2
mclu_shown=$(printf '%s\\n' "$mclu_texts" | sed -n 's/^ *<uuid>\\(.*\\)<.uuid>.*/\\1/p')
for mclu_one; do
case $mclu_shown in *"$mclu_one"*) continue ;; esac
# it is gone by now, or libvirt does not show it
mclu_there=$(mclu_virsh list --all --uuid) || return 2
case $mclu_there in *"$mclu_one"*) return 2 ;; esac
done
mclu_saved=$(mclu_virsh list --all --with-managed-save --uuid) || return 2
for mclu_one in $mclu_saved; do
case " $* " in *" $mclu_one "*) ;; *) continue ;; esac
mclu_memory=$(mclu_virsh managedsave-dumpxml "$mclu_one") || return 2
mclu_texts="$mclu_texts
$mclu_memory"
done
mclu_found=$(printf '%s\\n' "$mclu_texts" | mclu_paths | { mclu_cap=10; mclu_limit xargs -0 -r stat -L -c %d:%i -- 2>/dev/null; })
case $? in 0|123) printf '%s\\n' "$mclu_found" | grep -qxF "$mclu_looked" ;; *) return 2 ;; esac
}
mclu_named() {
mclu_identity=$1 mclu_but=$2
mclu_guests=$(mclu_virsh list --all --uuid) || { printf '%s\\n' "$mclu_guests"; return 1; }
mclu_guests=$(printf '%s\\n' "$mclu_guests" | grep -vxF "\${mclu_but:-none}")
mclu_names "$mclu_identity" $mclu_guests
case $? in
1) return 0 ;;
0) for mclu_guest in $mclu_guests; do
if mclu_names "$mclu_identity" "$mclu_guest"; then echo "the guest $(mclu_virsh domname "$mclu_guest") names it by now"; return 1; fi
done ;;
esac
echo 'nobody can tell whether a guest names it by now'
return 1
}
mclu_judge() {
case $2 in
/*) mclu_base=$2 ;;
file:/*) mclu_base=/\${2#file:/} ;;
json:*\\\\*) printf '%s may be based on it by now\\n' "$1"; return ;;
*:*)
# a file among others in a description, in quotes of either kind, or with a driver before it; not the same name at another place
mclu_base=$(for mclu_quote in '"' "'"; do printf '%s\\n' "$2" | tr "$mclu_quote" '\\n'; done | sed -n 's/^\\(file\\|host_device\\|host_cdrom\\)://; /^\\//p' | while IFS= read -r mclu_one; do [ ! "$mclu_one" -ef "$mclu_file_looked" ] || { echo yes; break; }; done)
case $mclu_base$2 in yes*|*"$mclu_file_looked"*) mclu_base=$mclu_file_looked ;; *) return 0 ;; esac ;;
*) mclu_base=\${1%/*}/$2 ;;
esac
[ ! "$mclu_base" -ef "$mclu_file_looked" ] || printf '%s is based on it by now\\n' "$1"
}
mclu_backing() {
[ ! "$1" -ef "$mclu_file_looked" ] || return 0
case "
$mclu_raw
" in *"
$1
"*) return 0 ;; esac
mclu_may="$1 may be based on it by now"
# what cannot be read could be anything; a device without a medium has nothing
if [ $# -eq 2 ] && [ -z "$2" ] && { [ -s "$1" ] || { [ -b "$1" ] && [ ! -r "$1" ]; }; }; then
case "$mclu_told
" in *" $mclu_dir/\${1##*/}
"*) ;; *) echo "$mclu_may, and cannot be read" ;; esac
return
fi
mclu_overlay "$2" || return 0
case $2 in
514649fb00000002*|514649fb00000003*[012389ab])
mclu_tail=\${2#????????????????}
mclu_at=$(printf %.16s "$mclu_tail")
mclu_size=$(printf %.8s "\${mclu_tail#????????????????}")
case $mclu_at$mclu_size in 0000000000*0000????) ;; *) echo "$mclu_may"; return ;; esac
[ $# -eq 2 ] || [ $((0x$mclu_at + 0x$mclu_size)) -le 4096 ] || { echo "$mclu_may"; return; }
mclu_name=$(tail -c +$((0x$mclu_at + 1)) -- "\${3:-$1}" | head -c $((0x$mclu_size)); echo .)
mclu_judge "$1" "\${mclu_name%.}" ;;
*) [ $# -eq 2 ] || { echo "$mclu_may"; return; }
mclu_said=$(mclu_limit qemu-img info -U --output=json "$1" 2>/dev/null) || { [ ! -e "$1" ] || echo "$mclu_may"; return; }
printf '%s\\n' "$mclu_said" | sed -n -e 's/^ *"full-backing-filename": "\\(.*\\)",*$/\\1/p' -e 's/^ *"data-file": "\\(.*\\)",*$/\\1/p' |
while IFS= read -r mclu_name; do case $mclu_name in *\\\\*) echo "$mclu_may" ;; *) mclu_judge "$1" "$mclu_name" ;; esac; done ;;
esac
}
mclu_unread() {
[ -d "$1" ] || return
for mclu_one in "$1"/* "$1"/.[!.]* "$1"/..?*; do [ ! -f "$mclu_one" ] || [ ! -s "$mclu_one" ] || [ -r "$mclu_one" ] || return 0; done
return 1
}
mclu_volumes() {
mclu_ids=$(mclu_virsh_r pool-list --uuid 2>/dev/null) || return
for mclu_pool in $mclu_ids; do
mclu_dir=$(mclu_virsh_r pool-dumpxml --pool "$mclu_pool" 2>/dev/null | sed -n 's|^ *<path>\\(.*\\)</path>.*|\\1|p' | mclu_plain | tr '\\000' '\\n' | sed -e q)
[ ! "$mclu_dir" -ef "$1" ] || break
done
[ "$mclu_dir" -ef "$1" ] && mclu_virsh pool-refresh --pool "$mclu_pool" >/dev/null || return
mclu_list=$(mclu_virsh_r vol-list --pool "$mclu_pool" 2>/dev/null) && mclu_heads_in=$(mktemp -d) || return
(
trap 'rm -rf -- "$mclu_heads_in"' EXIT
trap 'exit 143' TERM HUP INT PIPE
set --
while IFS= read -r mclu_line; do
mclu_name=\${mclu_line##* "$mclu_dir/"}
case $mclu_name in '') continue ;; */*) exit 1 ;; esac
[ -d "$mclu_dir/$mclu_name" ] || { [ "$mclu_read" ] && [ -r "$mclu_dir/$mclu_name" ]; } || set -- "$@" "$mclu_name"
done <<MCLU
$mclu_list
MCLU
cd "$mclu_heads_in" && mclu_fetch "$mclu_pool" 4096 "$@" || exit
mclu_nth=0
for mclu_name; do
mclu_nth=$((mclu_nth + 1))
if [ -f $mclu_nth ]; then mclu_backing "$mclu_dir/$mclu_name" "$(head -c 80 $mclu_nth | mclu_digits)" "$mclu_heads_in/$mclu_nth"
elif [ ! "$mclu_dir/$mclu_name" -ef "$mclu_file_looked" ]; then echo "$mclu_dir/$mclu_name may be based on it by now, and cannot be read"; fi
done
)
}
mclu_raw=
mclu_bases() {
mclu_file_looked=$1
shift
for mclu_place; do
mclu_told= mclu_read=
if mclu_closed "$mclu_place"; then
if mclu_far "$mclu_place" || ! mclu_volumes "$mclu_place"; then echo "$mclu_place cannot be listed: nobody can tell what is based on it there"; fi
continue
fi
# here what libvirt leaves out is seen
if mclu_unread "$mclu_place" && mclu_read=1 && mclu_volumes "$mclu_place"; then mclu_told=$mclu_list; fi
if [ -d "$mclu_place" ]; then set -- "$mclu_place"/* "$mclu_place"/.[!.]* "$mclu_place"/..?*; else set -- "$mclu_place"; fi
mclu_each mclu_backing "$@"
done
}
mclu_based() { mclu_bases "$@" | { ! grep -m 1 .; }; }
mclu_unbased() {
mclu_same "$1" "$2" || return
mclu_path=$1
(
mclu_raw=$3
shift 3
mclu_bases "$mclu_path" "$@" | { ! grep -m 1 ' is based on it by now$'; }
)
}
mclu_same() {
[ "$(stat -L -c %d:%i -- "$1")" = "$2" ] || { echo 'another file has its name by now'; return 1; }
}
mclu_free() {
mclu_same "$1" "$2" || return
mclu_named "$2" "$3" || return
case \${3:+$(mclu_virsh domstate "$3")} in ''|'shut off') mclu_idle "$1" || return ;; esac
mclu_path=$1
shift 3
mclu_based "$mclu_path" "$@"
}
`;
