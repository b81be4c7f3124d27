import { failed } from "../failure.ts";
import type { AskOptions, Node } from "../node.ts";
import { isJobId } from "./job-id.ts";
import type { JobDetails } from "./job-record.ts";
import { refusePlanted } from "./planted.ts";
import { jobQuery, readJob } from "./read.ts";
import { readShell } from "./read-shell.ts";

/** What became of the wish to end a job. */
export type CancelResult =
  /** It is over, and undone where its commit point was not behind it. */
  | { readonly kind: "cancelled"; readonly job: JobDetails }
  /** It was over before; a job that ended by itself while it was told to end is here too. */
  | { readonly kind: "ended"; readonly job: JobDetails }
  /** Nothing was signalled: nobody knows who sends it, or its process is gone. */
  | { readonly kind: "waiting" | "dead"; readonly job: JobDetails }
  /** Nothing was signalled: the process of that number is another one. */
  | { readonly kind: "other"; readonly job: JobDetails }
  | { readonly kind: "none" };

/** Seconds: the job has 10 to end its processes, 90 where one commits, and its rollback takes what it takes. */
const cancelSeconds = 180;

/**
 * Ends a job: TERM to its process group, which must be the very one that was started (boot, process id, start time, group
 * and the job's mark in its environment), KILL after 15 s without a sign of its own rollback, which is then done here. Of
 * one that is still being sent the upload is ended, and nothing of it ever runs.
 * Rejects with NodeError; throws UserError (exit 6) where the place of the jobs is not ours alone.
 */
export async function cancelJob(node: Node, id: string, options: AskOptions = {}): Promise<CancelResult> {
  if (!isJobId(id)) return { kind: "none" };
  const answer = await node.ask(jobQuery(cancelShell(id)), { seconds: cancelSeconds, patient: true, ...options });
  refusePlanted(node, answer);
  const word = answer.trim();
  const job = await readJob(node, id, { patient: true, ...options });
  if (!job) return { kind: "none" };
  switch (word) {
    case "told":
      return { kind: job.state === "cancelled" ? "cancelled" : "ended", job };
    case "waiting":
      // one whose first process never came is not waited for
      return { kind: job.state === "dead" ? "dead" : "waiting", job };
    case "ended":
    case "dead":
    case "other":
      return { kind: word, job };
    default:
      throw failed("protocol", `the answer makes no sense: ${word.slice(0, 80)}`, `mclu jobs show ${id}`);
  }
}

function cancelShell(id: string): string {
  return `${readShell}mclu_open jobs look || exit 0
job=$mclu_dir/${id}
mclu_ours "$job" || exit 0
if [ -e "$job/end" ]; then echo ended; exit 0; fi
undo() {
mclu_rollback "$job" >>"$job/outcome"
mclu_finish "$job" cancelled 137
}
if [ -e "$job/uploader" ] && [ ! -e "$job/started" ]; then
mclu_end_upload "$job"
if mclu_cut_off "$job"; then undo; echo told; exit 0; fi
fi
end_members() {
count=0
while members=$(mclu_members "$job") && [ -n "$members" ]; do
most=$1; [ "$1" -lt 0 ] || [ ! -e "$job/finishing" ] || most=450
signal=TERM; [ $count -le "$most" ] || signal=KILL
kill -$signal $members 2>/dev/null
count=$((count + 1)); [ $count -le 600 ] || return
sleep 0.2
done
}
mclu_look "$job"
if [ -n "$mclu_other" ]; then echo other; exit 0; fi
case $mclu_live in
leader)
kill -s TERM -- "-$mclu_group"
count=0
until [ -e "$job/end" ]; do
count=$((count + 1)) limit=75; [ ! -e "$job/stopping" ] || limit=500
if [ $count -gt $limit ]; then
mclu_look "$job"
[ $mclu_live != leader ] || kill -s KILL -- "-$mclu_group"
end_members -1
break
fi
mclu_look "$job"
[ $mclu_live = leader ] || [ -e "$job/end" ] || { end_members 50; break; }
sleep 0.2
done
[ -e "$job/end" ] || undo
echo told ;;
orphans) end_members 50; undo; echo told ;;
*) if [ -e "$job/end" ]; then echo ended; elif [ -n "$mclu_began" ]; then echo dead; else echo waiting; fi ;;
esac`;
}
