/**
 * Functions of `sh` that every script about jobs begins with.
 *
 * `mclu_open jobs|names make|look` goes to root's /var/lib/mclu or to ~/.local/state/mclu and sets mclu_dir. What lies
 * there decides what is signalled and what is removed, so that every level must be ours, no symbolic link, and writable
 * by nobody else. Otherwise the answer is one line, `planted`, why and where, and the script ends.
 *
 * `mclu_look JOB` says in mclu_live what runs of a job: its `leader`, only `orphans` of it (known by the mark in their
 * environment), or `no` process; mclu_other is set where the process of the recorded number is another one, mclu_began
 * where one was recorded at all. A job may begin and end while one looks: what it ended with is asked for afterwards.
 */
export const jobShell = `umask 077
mclu_uid=$(id -u)
read -r mclu_this_boot </proc/sys/kernel/random/boot_id
mclu_refuse() { printf 'planted\\t%s\\t%s\\n' "$1" "$2"; exit 0; }
mclu_level() {
if [ "$2" = make ] && [ ! -e "$1" ] && [ ! -L "$1" ]; then
mclu_said=$(mkdir -m 700 "$1" 2>&1) || [ -e "$1" ] || [ -L "$1" ] || mclu_refuse "cannot be made: \${mclu_said##*: }" "$1"
fi
[ ! -L "$1" ] || mclu_refuse 'is a symbolic link' "$1"
[ -e "$1" ] || return 1
[ -d "$1" ] || mclu_refuse 'is not a directory' "$1"
set -- "$1" "$3" $(stat -c '%u %a' "$1")
[ "$3" = "$mclu_uid" ] || mclu_refuse "belongs to user $3" "$1"
case $2$4 in
private*[!0]|private*[!0]?) mclu_refuse "has mode $4, not 700" "$1" ;;
*[2367]|*[2367]?) mclu_refuse "has mode $4: others may write there" "$1" ;;
esac
}
mclu_open() {
mclu_dir=/var/lib/mclu
if [ "$mclu_uid" != 0 ]; then
mclu_level "$HOME/.local" "$2" shared && mclu_level "$HOME/.local/state" "$2" shared || return 1
mclu_dir=$HOME/.local/state/mclu
fi
mclu_level "$mclu_dir" "$2" shared && mclu_level "$mclu_dir/$1" "$2" private || return 1
mclu_dir=$mclu_dir/$1
}
mclu_mine() { [ -f "$1" ] && [ ! -L "$1" ] && [ -O "$1" ]; }
mclu_process() {
mclu_line=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
set -- \${mclu_line##*) }
mclu_p_state=$1 mclu_p_group=$3 mclu_p_start=\${20}
}
mclu_members() {
grep -lzxF -- "MCLU_JOB=$1" /proc/[0-9]*/environ 2>/dev/null | tr -dc '0-9\\n' | while read -r mclu_member; do
# root could read another user's, who may have put the mark there
if [ -O "/proc/$mclu_member" ]; then printf '%s ' "$mclu_member"; fi
done
}
mclu_look() {
mclu_live=no mclu_other= mclu_began= mclu_boot= mclu_pid= mclu_start= mclu_group=
[ ! -e "$1/process" ] || mclu_began=1
if mclu_mine "$1/process"; then read -r mclu_boot mclu_pid mclu_start mclu_group <"$1/process"; fi
case "$mclu_pid:$mclu_start:$mclu_group" in
::) ;;
*[!0-9:]*|:*|*::*|*:) mclu_other=damaged ;;
*) if [ "$mclu_boot" = "$mclu_this_boot" ] && mclu_process "$mclu_pid" && [ "$mclu_p_state" != Z ]; then
if [ "$mclu_p_start.$mclu_p_group" = "$mclu_start.$mclu_group" ] && [ "$mclu_pid" = "$mclu_group" ] &&
grep -qzxF -- "MCLU_JOB=$1" "/proc/$mclu_pid/environ" 2>/dev/null; then mclu_live=leader; return 0; fi
mclu_other=reused
fi ;;
esac
[ -z "$(mclu_members "$1")" ] || mclu_live=orphans
}
mclu_mark() { printf '\\nmclu:%s %s\\n' "$MCLU_ID" "$*"; }
`;

/**
 * The line of `mclu_refuse`, read; undefined for every other answer. It is the first, or comes after the time: what a log or
 * the name of a file says further down is another's text.
 */
export function planted(answer: string): { readonly path: string; readonly why: string } | undefined {
  const found = /^(?:now\t\d+\n)?planted\t([^\t\n]*)\t([^\n]*)(?:\n|$)/.exec(answer);
  // no path has a NUL, and what has one cannot be quoted
  return found ? { why: found[1] ?? "", path: (found[2] ?? "").replaceAll("\0", "") } : undefined;
}
