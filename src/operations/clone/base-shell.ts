import { commandLine, quote } from "../../node/shell.ts";
import { baseMark } from "../base-mark.ts";
import type { CloneJob } from "./clone-job.ts";

/** One job at a time looks at the marks of a node and changes them. */
const lock = `mclu_base_locked() { ( flock -w 30 9 || mclu_base_busy; "$@" ) 9>"\${MCLU_JOB%/*}/.base-lock"; }`;

function definition({ uri, target: { image } }: CloneJob): string {
  return `timeout 20 virsh -q -r -c ${quote(uri)} dumpxml ${image.uuid} --inactive`;
}

/** Marks the source as a base of others, and remembers whether it was none before. */
export function markScript(job: CloneJob, argv: readonly string[]): string {
  return `${lock}
mclu_base_busy() { mclu_fail busy "the marks of the node's bases are being changed by another job, which did not end within 30 s"; }
mclu_mark_base() {
mclu_source_xml=$(${definition(job)}) || return
case $mclu_source_xml in *${baseMark.namespace}*) ;; *) : >"$MCLU_JOB/first-mark" ;; esac
timeout 30 ${commandLine(argv)}
}
mclu_base_locked mclu_mark_base`;
}

/** Takes the mark away that this job was the first to make, where no other clone has made it its own since. */
export function unmarkScript(job: CloneJob): string {
  const words = ["metadata", job.target.image.uuid, "--uri", baseMark.namespace, "--remove", "--config"];
  return `[ -e "$MCLU_JOB/first-mark" ] || exit 0
${lock}
# why the job failed stays its reason
mclu_base_busy() { echo 'the mark of the source stays: others are changing those of the node' >&2; exit 1; }
mclu_unmark() {
mclu_source_xml=$(${definition(job)}) || return
case $mclu_source_xml in *"$MCLU_ID"*) timeout 20 virsh -q -c ${quote(job.uri)} ${commandLine(words)} ;; esac
}
mclu_base_locked mclu_unmark
`;
}
