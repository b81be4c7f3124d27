import type { CancelReport } from "../operations/job-cancel.ts";
import type { JobShowReport } from "../operations/job-show.ts";
import type { JobDetails, JobRow, JobState, JobsReport } from "../operations/jobs.ts";
import { clean } from "./clean.ts";
import type { Listing } from "./output.ts";
import { formatBytes } from "./size.ts";
import type { Style } from "./style.ts";
import { renderFields } from "./table.ts";
import { formatDuration, formatTime } from "./time.ts";

export function jobListing(report: JobsReport): Listing<JobRow> {
  return {
    kind: "jobs",
    report,
    rows: report.jobs,
    columns: [
      { name: "id", value: (job) => job.id },
      { name: "node", value: (job) => job.node },
      { name: "kind", value: (job) => job.kind },
      { name: "guest", value: (job) => job.guest },
      { name: "state", value: (job) => job.state, color: (job, style) => stateColor(job.state, style) },
      { name: "stage", value: (job) => job.stage?.name ?? null },
      { name: "elapsed", value: (job) => job.elapsed, text: (job) => formatDuration(job.elapsed), align: "right" },
      { name: "started", value: (job) => job.started, text: (job) => formatTime(job.started), wide: true },
      { name: "template", value: (job) => job.template, wide: true },
      { name: "client", value: (job) => job.client, wide: true },
      { name: "reason", value: (job) => job.reason?.text ?? null, wide: true },
    ],
    name: (job) => job.id,
  };
}

function stateColor(state: JobState, style: Style) {
  switch (state) {
    case "running":
    case "done":
      return style.on;
    case "failed":
    case "dead":
      return style.failed;
    case "waiting":
    case "cancelled":
      return style.warn;
  }
}

/** One job, its manifest, what was undone, and the end of its log. */
export function renderJob({ node, job, log }: JobShowReport, style: Style): string {
  const fields: [string, string][] = [
    ["job", job.id],
    ["node", clean(node)],
    ["kind", clean(job.kind ?? "-")],
    ["guest", clean(job.guest ?? "-")],
    ...(job.template === null ? [] : [["template", clean(job.template)] as [string, string]]),
    ["by", clean(job.client ?? "-")],
    ["state", stateText(job)],
    ["stage", clean(job.stage?.name ?? "-")],
    ["started", formatTime(job.started)],
    ["elapsed", formatDuration(job.elapsed)],
    ["directory", `${clean(job.directory)} (${formatBytes(job.size)})`],
  ];
  if (job.manifest.length > 0) fields.push(["made", job.manifest.map(manifestLine).join("\n")]);
  if (job.outcome.length > 0) fields.push(["undone", renderOutcome(job)]);
  if (log.length > 0) fields.push(["log", log.map(clean).join("\n")]);
  return renderFields(fields, style);
}

/** `failed in publish, exit code 1: /pool/web1.img is there already`. */
export function stateText({ state, stage, exitCode, reason, committed, orphaned }: JobDetails): string {
  const where = state === "failed" || state === "cancelled" || state === "dead" ? inStage(stage) : "";
  const code = state === "failed" && exitCode !== null ? `, exit code ${exitCode}` : "";
  const why = reason === null || state === "done" ? "" : `: ${clean(reason.text)}`;
  const kept =
    state !== "done" && state !== "running" && committed ? "; its commit point was reached: nothing is removed" : "";
  return `${state}${where}${code}${why}${kept}${orphaned ? " without its first process: cancel it" : ""}`;
}

function inStage(stage: JobDetails["stage"]): string {
  return stage === null ? "" : ` in ${clean(stage.name)}`;
}

function manifestLine({ path, kind, now, size }: JobDetails["manifest"][number]): string {
  const what = now === "same" ? formatBytes(size) : clean(now);
  return `${clean(path)} (${what}${kind === "left" ? ", to be left" : ""})`;
}

/** What the rollback did, a line each. */
export function renderOutcome({ outcome }: Pick<JobDetails, "outcome">): string {
  return outcome
    .map(({ path, removed, why }) => (removed ? `removed ${clean(path)}` : `kept ${clean(path)}: ${clean(why)}`))
    .join("\n");
}

/** What became of the wish to end a job. */
export function renderCancel({ node, result, job }: CancelReport): string {
  const name = `${job.id} on ${clean(node)}`;
  if (result === "ended") return `${name} had ended before: ${stateText(job)}\n`;
  const lines = job.outcome.length > 0 ? `${renderOutcome(job)}\n` : "";
  const nothing = job.committed ? "its commit point was reached: nothing was removed" : "it had made nothing";
  return `${name}: cancelled${inStage(job.stage)}${lines === "" ? `; ${nothing}` : ""}\n${lines}`;
}
