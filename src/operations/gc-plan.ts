import { type CleanAction, uploadLease } from "../node/jobs/clean.ts";
import type { JobDetails, ManifestEntry } from "../node/jobs/job-record.ts";

/** Something that gc would remove. */
export interface GcItem {
  readonly node: string;
  readonly kind: "file" | "job" | "reservation";
  /** Of a file or a job's directory; of a reservation: the guest's name. */
  readonly path: string;
  /** Bytes on the disk; null: not known. */
  readonly size: number | null;
  readonly reason: string;
  /** ID of the job whose manifest names it. */
  readonly job: string;
  readonly action: CleanAction | "release";
  /** Of a reservation. */
  readonly key?: string;
}

export interface GcKept {
  readonly node: string;
  readonly path: string;
  readonly reason: string;
}

export interface JobCleaning {
  readonly items: readonly GcItem[];
  readonly kept: readonly GcKept[];
}

const cutOff = "its upload was cut off";

/** Seconds that the log of a job which came to its end is kept. */
const keepSeconds = 7 * 24 * 3600;

/** What there is to do about one job. */
export function planJob(node: string, job: JobDetails): JobCleaning {
  if (job.state === "running") return nothing;
  if (job.state === "waiting") {
    if (job.started !== null || job.idle < uploadLease) return nothing;
    return { items: [directory(node, job, cutOff, "forget")], kept: [] };
  }
  if (job.started === null && job.state === "dead")
    return { items: [directory(node, job, cutOff, "forget")], kept: [] };
  // its source's files may have their own names yet
  const isCutMove = job.kind === "migrate" && job.state !== "done" && job.committed === true && !job.rolledBack;
  if (isCutMove || job.state === "dead" || (job.state !== "done" && !job.committed && !job.rolledBack))
    return planUndo(node, job);
  const left = job.manifest.filter(({ kind }) => kind === "left");
  const leaving = files(node, job, left, `left by ${describe(job)}`, "left");
  const hidden = notSeen(node, left);
  const isOld = leaving.length + hidden.length === 0 && job.idle > keepSeconds;
  const old = isOld ? [directory(node, job, "ended more than 7 days ago", "forget")] : [];
  return { items: [...leaving, ...old], kept: hidden };
}

function planUndo(node: string, job: JobDetails): JobCleaning {
  if (job.committed === null)
    return {
      items: [],
      kept: [{ node, path: job.directory, reason: "whether its guest was defined cannot be found out now" }],
    };
  const wanting = job.committed ? "did not come to its end" : "was not undone";
  const reason = `${describe(job)} ${job.state === "dead" ? "is dead: power cut, or killed" : wanting}`;
  // of a move that was cut off more may be left than its manifest has by now: it is brought to its end first
  const left = job.committed && job.kind !== "migrate" ? job.manifest.filter(({ kind }) => kind === "left") : [];
  const leaving = files(node, job, left, `left by ${describe(job)}`, "left");
  const unseen = notSeen(node, left);
  // what it left on purpose comes first: its manifest is all that knows of that
  if (leaving.length + unseen.length > 0) return { items: leaving, kept: unseen };
  const entries = job.committed ? [] : job.manifest;
  const other = entries.filter(({ now }) => !["same", "gone", "hidden"].includes(now));
  const hidden = notSeen(node, entries);
  // its manifest is all that knows of a file which is not to be seen now
  const record = hidden.length > 0 ? [] : [directory(node, job, reason, "undo")];
  return {
    items: [...files(node, job, entries, reason, "undo"), ...record],
    kept: [...other.map(({ path, now }) => ({ node, path, reason: now })), ...hidden],
  };
}

function notSeen(node: string, entries: readonly ManifestEntry[]): GcKept[] {
  const hidden = entries.filter(({ now }) => now === "hidden");
  return hidden.map(({ path }) => ({ node, path, reason: "not there now: is its file system mounted?" }));
}

function directory(node: string, job: JobDetails, reason: string, action: CleanAction): GcItem {
  return { node, kind: "job", path: job.directory, size: job.size, reason, job: job.id, action };
}

function files(
  node: string,
  job: JobDetails,
  entries: readonly ManifestEntry[],
  reason: string,
  action: CleanAction,
): GcItem[] {
  return entries
    .filter(({ now }) => now === "same")
    .map(({ path, size }) => ({ node, kind: "file", path, size, reason, job: job.id, action }));
}

const nothing: JobCleaning = { items: [], kept: [] };

function describe({ kind, guest }: JobDetails): string {
  return `${kind ?? "a job"}${guest === null ? "" : ` of ${guest}`}`;
}
