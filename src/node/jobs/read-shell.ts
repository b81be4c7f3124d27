import { jobShell } from "./job-shell.ts";
import { rollbackShell } from "./rollback-shell.ts";
import { uploadShell } from "./upload-shell.ts";

/**
 * Functions that say everything about jobs, one line a fact: its name, a tab, the value. A node keeps thousands of jobs that
 * have ended: of such a one nothing here may start a program.
 *
 *   mclu_ages NAME...         when each job in this directory was last changed, a line each: `touched`, seconds, name
 *   mclu_sizes NAME...        the same: `size`, KiB, name
 *   mclu_describe JOB WHAT    the rest. WHAT is `entries` (the manifest besides, each path with what is there now), or
 *                             `open`: only where something of it is to be cleaned up
 */
export const readShell = `${jobShell}${rollbackShell}${uploadShell}mclu_tab=$(printf '\\t')
mclu_held=
mclu_fact() { if mclu_mine "$1/$2"; then IFS= read -r mclu_value <"$1/$2" && printf '%s\\t%s\\n' "$2" "$mclu_value"; fi; }
mclu_has() { if [ -e "$1/$2" ]; then printf '%s\\tyes\\n' "$2"; fi; }
mclu_ours() { [ ! -L "$1" ] && [ -d "$1" ] && [ -O "$1" ]; }
mclu_hold() {
mclu_held="
"
for mclu_job in "$mclu_dir"/*; do
if mclu_ours "$mclu_job" && [ ! -e "$mclu_job/end" ]; then
mclu_look "$mclu_job"
case $mclu_live in leader|orphans) mclu_held="$mclu_held$(mclu_entries "$mclu_job" | sed 's/^[^ ]* [^ ]* [^ ]* //')
" ;; esac
fi
done
}
mclu_ages() { stat -c "touched$mclu_tab%Y$mclu_tab%n" -- "$@" 2>/dev/null; }
mclu_sizes() { du -sk -- "$@" 2>/dev/null | sed "s|^|size$mclu_tab|"; }
mclu_leaves() {
mclu_mine "$1/manifest" || return 1
while IFS= read -r mclu_value; do case $mclu_value in 'left '*) return 0 ;; esac; done <"$1/manifest"
return 1
}
mclu_settled() {
mclu_mine "$1/end" || return 1
mclu_value=; IFS= read -r mclu_value <"$1/end" || return 1
case $mclu_value in 'done '*) ;; *) [ -e "$1/rolled" ] || return 1 ;; esac
! mclu_leaves "$1"
}
mclu_describe() {
printf 'job\\t%s\\n' "\${1##*/}"
mclu_ours "$1" || { printf 'foreign\\tyes\\n'; return; }
mclu_live=no; [ -e "$1/end" ] || mclu_look "$1"
for mclu_name in spec started stage reason end; do mclu_fact "$1" $mclu_name; done
mclu_has "$1" rolled
if [ $mclu_live = no ] && [ -z "$mclu_began" ] && [ ! -e "$1/end" ]; then mclu_live=starting; fi
printf 'live\\t%s\\n' "$mclu_live"
if mclu_cut_off "$1"; then printf 'upload\\tcut off\\n'; fi
case $2 in '') if [ -e "$1/committed" ]; then printf 'committed\\tyes\\n'; elif [ -e "$1/committing" ]; then printf 'committed\\tunknown\\n'; fi; return ;; esac
if [ $mclu_live = leader ]; then mclu_has "$1" committed
else
mclu_committed "$1"
case $? in 0) printf 'committed\\tyes\\n' ;; 2) printf 'committed\\tunknown\\n' ;; esac
fi
printf 'directory\\t%s\\n' "$1"
[ "$2" = entries ] || ! mclu_settled "$1" || return 0
mclu_entries "$1" | while read -r mclu_kind mclu_device mclu_inode mclu_path; do
mclu_match "$mclu_kind" "$mclu_device" "$mclu_inode" "$mclu_path" "$1"
case $? in 0) mclu_now=same ;; 2) mclu_now=gone ;; 3) mclu_now=hidden ;; *) mclu_now=$mclu_why ;; esac
printf 'entry\\t%s\\t%s\\t%s\\t%s\\n' "$mclu_kind" "$mclu_now" "$(stat -c '%b*%B' "$mclu_path" 2>/dev/null)" "$mclu_path"
done
if mclu_mine "$1/outcome"; then sed "s/^/outcome$mclu_tab/" "$1/outcome"; fi
}
`;
