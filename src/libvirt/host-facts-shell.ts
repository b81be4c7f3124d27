/**
 * URI POOL BRIDGE COMMAND...: what a host is like, a line for each fact: a word and its values between tabs. The bridge may be
 * empty. Each command logs in to a peer; all run at once, for 5 s at most. Of what it says its last words count, and its exit
 * code after them: a banner before does not.
 */
export const hostScript = `uri=$1 pool=$2 bridge=$3; shift 3
fact() { IFS='\t'; printf '%s\\n' "$*"; unset IFS; }
fact now "$(date +%s)"
fact uid "$(id -u)"
fact user "$(id -un)"
for each in libvirtd virtqemud virsh virt-builder virt-customize qemu-img setsid flock sha256sum curl supermin ethtool; do
if command -v "$each" >/dev/null; then fact program "$each"; fi
done
for each in virt-builder virt-customize qemu-img; do
if command -v "$each" >/dev/null; then fact version "$each" "$("$each" --version 2>/dev/null | head -n 1)"; fi
done
for each in apt-get dnf zypper; do
if command -v "$each" >/dev/null; then fact manager "$each"; break; fi
done
for each in libvirt-sock virtqemud-sock virtnetworkd-sock virtstoraged-sock; do
if [ -S "/run/libvirt/$each" ]; then fact socket "$each"; fi
done
if [ -c /dev/kvm ]; then fact kvm; fi
fact virtualization "$(grep -Eow 'vmx|svm' /proc/cpuinfo | head -n 1)"
if [ -n "$bridge" ] && [ -d "/sys/class/net/$bridge/bridge" ]; then fact bridge; fi
cache=\${LIBGUESTFS_CACHEDIR:-\${TMPDIR:-/var/tmp}}
if [ -e "$cache/.guestfs-$(id -u)/appliance.d/root" ]; then fact appliance; fi
# where libguestfs looks: beside its library, or where it is told to
places=\${LIBGUESTFS_PATH:-$(ldconfig -p 2>/dev/null | sed -n 's,.* => \\(/.*\\)/libguestfs\\.so\\..*,\\1/guestfs,p' | tr '\\n' ':')}
for each in $(printf %s "$places" | tr ':' ' ') /usr/lib/*/guestfs /usr/lib64/guestfs /usr/lib/guestfs /usr/local/lib*/guestfs; do
if [ -d "$each/supermin.d" ] && [ -n "$(ls -A "$each/supermin.d" 2>/dev/null)" ]; then fact supermin "$each"; break; fi
if [ -e "$each/README.fixed" ] && [ -e "$each/root" ]; then fact fixed "$each"; break; fi
done
for each in /boot/vmlinuz* /lib/modules/*/vmlinuz; do
if [ -f "$each" ]; then if [ -r "$each" ]; then fact kernel "$each"; else fact unreadable "$each"; fi; fi
done
place=$(timeout 3 virsh -q -c "$uri" -r pool-dumpxml "$pool" 2>/dev/null | sed -n 's,.*<path>\\(.*\\)</path>.*,\\1,p' | head -n 1)
if [ -d "$place" ]; then
fact directory "$place"
if [ -w "$place" ] && [ -x "$place" ]; then fact writable; fi
fi
for each in / /var/tmp "$place"; do
if [ -d "$each" ]; then fact space "$each" "$(timeout 5 df -Pk -- "$each" | awk 'NR == 2 { print $(NF - 4) "\t" $(NF - 2) }')"; fi
done
# the nearest directory that is there
jobs=/var/lib/mclu; [ "$(id -u)" = 0 ] || jobs=$HOME/.local/state/mclu
while [ -n "$jobs" ] && [ ! -e "$jobs" ]; do jobs=\${jobs%/*}; done
jobs=\${jobs:-/}
fact jobs "$jobs" "$(timeout 5 df -Pk -- "$jobs" | awk 'NR == 2 { print $(NF - 2) }')"
if [ -w "$jobs" ]; then fact keeps; fi
fact route "$(ip -4 route show default 2>/dev/null | sed -n 's/.* dev \\([^ ]*\\).*/\\1/p' | head -n 1)"
for each in /sys/class/net/*; do
case \${each##*/} in lo|virbr*|vnet*|veth*|docker*) continue ;; esac
wake=
if command -v ethtool >/dev/null; then wake=$(ethtool "\${each##*/}" 2>/dev/null | sed -n 's/^[ \t]*Wake-on: //p'); fi
fact card "\${each##*/}" "$(cat "$each/address" 2>/dev/null)" "$wake"
done
number=0
for each in "$@"; do
( said=$({ timeout 5 sh -c "$each" </dev/null 2>&1 >/dev/null; printf '\\n%s' "$?"; } | tail -c 40)
case $said in
*"
0") fact peer "$number" yes ;;
*'Host key verification failed.'*) fact peer "$number" key ;;
*) fact peer "$number" no ;;
esac ) &
number=$((number + 1))
done
wait
fact end`;
