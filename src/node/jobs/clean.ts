import type { Query, StepAnswer } from "../../libvirt/query.ts";
import { lastLookFunctions } from "../last-look.ts";
import type { AskOptions, Node } from "../node.ts";
import { limitFunction } from "../script.ts";
import { quote } from "../shell.ts";
import { isJobId } from "./job-id.ts";
import type { JobOutcome } from "./job-record.ts";
import { parseOutcome } from "./parse-jobs.ts";
import { refusePlanted } from "./planted.ts";
import { jobQuery } from "./read.ts";
import { readShell } from "./read-shell.ts";

/** What `gc` does about a job: undo it and forget it, remove what it left on purpose, or forget it alone. */
export type CleanAction = "undo" | "left" | "forget";

export interface CleanTask {
  readonly id: string;
  readonly action: CleanAction;
}

/** Seconds since its last change after which a job that never started counts as cut off, where nothing else tells. */
export const uploadLease = 600;

export interface Cleaning {
  readonly outcomes: readonly JobOutcome[];
  /** What the node did not come to, or not to its end: of it something may be gone. */
  readonly unheard: readonly CleanTask[];
}

/**
 * Cleans up after jobs. Each is looked at again first: one that runs is left alone, and a file goes only where path, device
 * and inode are still those of its manifest. What was not done within the change-timeout is `unheard`: of some thousand
 * jobs moves, which ask other nodes, come last, and one whose target is silent leaves the others their share of it. Rejects with
 * NodeError; throws UserError (exit 6) where the place of the jobs is not ours alone.
 */
export async function cleanJobs(node: Node, tasks: readonly CleanTask[], options: AskOptions = {}): Promise<Cleaning> {
  const known = tasks.filter(({ id }) => isJobId(id));
  const ends: Cleaning[] = [];
  for (let at = 0; at < known.length; at += taskCount)
    ends.push(await cleanSome(node, known.slice(at, at + taskCount), options));
  return { outcomes: ends.flatMap(({ outcomes }) => outcomes), unheard: ends.flatMap(({ unheard }) => unheard) };
}

/** At a time: Linux takes no argument of more than 128 KiB, which a script is. */
const taskCount = 1000;

async function cleanSome(node: Node, known: readonly CleanTask[], options: AskOptions): Promise<Cleaning> {
  const lines = [...known.map(({ id, action }) => `clean ${id} ${action}`), "clean_moves"];
  const { changeTimeout: seconds, uri } = node.settings;
  const [step] = jobQuery(`${cleanShell(uri, seconds)}${lines.join("\n")}`).steps;
  // what was removed until it was cut short is gone
  const query: Query<StepAnswer | undefined> = {
    steps: step ? [{ ...step, cap: seconds }] : [],
    parse: ([answer]) => answer,
  };
  const answer = await node.ask(query, { seconds: seconds + 3, patient: true, ...options });
  const text = answer?.texts[0] ?? "";
  refusePlanted(node, text);
  const heard = new Set(text.split("\n"));
  return {
    outcomes: text.split("\n").flatMap(parseOutcome),
    unheard: known.filter(({ id, action }) =>
      answer?.code === 0 ? heard.has(`cut ${id} ${action}`) : !heard.has(`heard ${id} ${action}`),
    ),
  };
}

/** Seconds that a move has at least to be undone: its target answers within two or three. */
const leastPatience = 4;

/** Seconds for what all of them say when they are asked once more whether they were committed. */
const checkSeconds = 20;

/**
 * What is older than its job's end may have got a user since: a guest, an image, a program. Each file is looked at once more.
 * @param uri libvirt's on the node
 */
const cleanShell = (uri: string, seconds: number) => `${readShell}${limitFunction}
mclu_cap=${seconds}
mclu_uri=${quote(uri)}
mclu_virsh() { mclu_limit virsh -q -c "$mclu_uri" "$@" 2>&1; }
${lastLookFunctions}mclu_wanted() { [ -f "$1" ] && ! mclu_free "$1" "$(stat -L -c %d:%i -- "$1")" '' "\${1%/*}"; }
mclu_open jobs look || exit 0
mclu_hold
forget() {
mclu_release "$job"
rm -rf "$job"
printf 'removed\\tjob\\t%s\\n' "$job"
}
remove_left() {
mclu_entries "$job" | while read -r kind device inode path; do
[ "$kind" = left ] || continue
if mclu_match "$kind" "$device" "$inode" "$path" "$job"; then
if mclu_why=$(mclu_wanted "$path"); then printf 'kept\\t%s\\t%s\\n' "$mclu_why" "$path"; else mclu_remove left "$path" || :; fi
elif [ -n "$mclu_why" ]; then printf 'kept\\t%s\\t%s\\n' "$mclu_why" "$path"; fi
done
}
has_left() {
mclu_leaves "$job" && [ -n "$(mclu_entries "$job" | while read -r kind device inode path; do
[ "$kind" = left ] || continue
mclu_match "$kind" "$device" "$inode" "$path" "$job"
case $? in 0|3) echo yes ;; esac
done)" ]
}
forget_unless_left() {
if has_left; then printf 'kept\\tits manifest names files that are there, or cannot be seen now\\t%s\\n' "$job"; else forget; fi
}
has_moved() {
if has_left; then mclu_finish "$job" done 0; printf 'kept\\tits guest has moved, and the next gc offers the files that it left\\t%s\\n' "$job"; else forget; fi
}
end_move() {
mclu_said=
if mclu_mine "$job/rollback"; then
mclu_said=$(MCLU_JOB=$job MCLU_ID=\${job##*/} timeout -k 2 "\${mclu_patience:-60}" sh "$job/rollback" </dev/null 2>&1) || mclu_ended=$?
printf '%s\\n' "$mclu_said" >>"$job/log"
mclu_said=$(printf '%s\\n' "$mclu_said" | tail -n 1)
fi
case $mclu_said in
moved|stayed) : >"$job/rolled"
has_moved ;;
*) printf 'kept\\tits move is not at its end, and cannot be brought there now\\t%s\\n' "$job" ;;
esac
}
is_move() { mclu_mine "$job/spec" && grep -q '"kind":"migrate"' "$job/spec"; }
clean_job() {
job=$mclu_dir/$1
mclu_ours "$job" || return
if [ ! -e "$job/end" ]; then
mclu_look "$job"
case $mclu_live in leader|orphans) printf 'kept\\tthe job runs\\t%s\\n' "$job"; return ;; esac
if [ ! -e "$job/started" ] && ! mclu_cut_off "$job" && [ $(($(date +%s) - $(stat -c %Y "$job"))) -lt ${uploadLease} ]; then
printf 'kept\\tthe job is being sent\\t%s\\n' "$job"; return
fi
fi
if [ $2 = undo ] && mclu_mine "$job/end" && grep -q '^done ' "$job/end"; then
printf 'kept\\tthe job came to its end meanwhile\\t%s\\n' "$job"; return
fi
case $2 in
undo)
# what its guest needs no more has its own name yet
mclu_committed "$job"
case $? in
0) if is_move; then end_move; return 0; fi ;;
# its check may have taken its time, and is not asked again
2) printf 'kept\\twhether it was committed is unknown\\t%s\\n' "$job"; return 0 ;;
esac
mclu_rollback "$job" || return 0
if [ -e "$job/committed" ] && is_move; then has_moved; elif [ -e "$job/committed" ]; then forget_unless_left; elif [ -e "$job/rolled" ]; then forget; fi ;;
left) remove_left ;;
forget) forget_unless_left ;;
esac
}
clean() {
job=$mclu_dir/$1
if [ "$2" = undo ] && is_move; then mclu_moves="$mclu_moves $1"
else clean_job "$@"; printf '\nheard %s %s\n' "$1" "$2"; fi
}
clean_moves() {
set -- $mclu_moves
while [ $# -gt 0 ]; do
mclu_uptime
mclu_patience=$(((mclu_until - mclu_up) / $#))
[ $mclu_patience -ge ${leastPatience} ] || mclu_patience=${leastPatience}
mclu_to=$(sed -n 's/.*"template":"\\([^"]*\\)".*/\\1/p' "$mclu_dir/$1/spec")
case $mclu_mute in *"/$mclu_to/"*) mclu_patience=${leastPatience} ;; esac
mclu_ended=0
clean_job "$1" undo
case $mclu_ended in 124|137) mclu_mute="$mclu_mute/$mclu_to/"; printf '\ncut %s undo\n' "$1" ;; *) printf '\nheard %s undo\n' "$1" ;; esac
shift
done
}
mclu_moves= mclu_mute= mclu_check=${checkSeconds}
mclu_uptime
mclu_until=$((mclu_up + mclu_cap - 3))
`;
