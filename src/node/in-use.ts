/**
 * Whether a program has a file open as a disk that libvirt does not know of: a guest of another libvirt (of a user's
 * session, or of another node that sees the file), a qemu or qemu-nbd that somebody started. qemu locks what it opens, and what
 * that is based on. Expects `mclu_limit`.
 *
 *   mclu_idle FILE   fails, and says so, where one has it open; who lets go of it in these seconds has not
 *
 * Opened for writing, since whoever only reads it, as the base of a disk, lets others read; nothing is written. A login that
 * may not open it sees the locks in the kernel's own list. Of a loop device, which locks nothing and is no program, the kernel
 * tells the file in sysfs.
 */
export const inUseFunctions = `mclu_idle() {
[ -f "$1" ] || return 0
mclu_unlooped "$1" || return 1
command -v qemu-img >/dev/null || return 0
mclu_left=5
until mclu_opens "$1"; do
# one who heeds no lock cannot open it either: then a lock is not what is in the way
mclu_limit qemu-img info -U -f raw "$1" >/dev/null 2>&1 || mclu_locked "$1" || return 0
mclu_left=$((mclu_left - 1))
[ $mclu_left -gt 0 ] || { echo 'a program that libvirt does not know of has it open'; return 1; }
sleep 1
done
}
mclu_unlooped() {
for mclu_loop in /sys/block/loop*/loop/backing_file; do
{ IFS= read -r mclu_behind <"$mclu_loop"; } 2>/dev/null || continue
[ ! "$mclu_behind" -ef "$1" ] || { mclu_loop=\${mclu_loop%/loop/*}; echo "/dev/\${mclu_loop##*/} is a loop device of it: losetup -l"; return 1; }
done
}
mclu_locked() {
mclu_inode=$(stat -L -c '%d %i' -- "$1") || return
mclu_device=\${mclu_inode%% *} mclu_inode=\${mclu_inode##* }
mclu_major=$((mclu_device >> 8 & 0xfff)) mclu_minor=$((mclu_device & 0xff | mclu_device >> 12 & 0xfff00))
grep -q "$(printf ' %02x:%02x:%s ' $mclu_major $mclu_minor "$mclu_inode")" /proc/locks 2>/dev/null
}
mclu_opens() {
if [ -w "$1" ] && command -v qemu-io >/dev/null; then mclu_limit qemu-io -f raw -c quit "$1" >/dev/null 2>&1
else mclu_limit qemu-img info -f raw "$1" >/dev/null 2>&1; fi
}
`;
