import type { NodeSilence } from "../failure.ts";
import type { Node } from "../node.ts";
import { isJobId } from "./job-id.ts";
import type { JobDetails } from "./job-record.ts";
import { jobShell } from "./job-shell.ts";
import { type LogEvent, readLog } from "./log-events.ts";
import { createPatience, pauseFor, type SilenceEvent } from "./patience.ts";
import { refusePlanted } from "./planted.ts";
import { readJob } from "./read.ts";

export type FollowEvent = LogEvent | SilenceEvent;

export interface FollowOptions {
  /** Waited for, and the log waits meanwhile. */
  readonly onEvent: (event: FollowEvent) => void | Promise<void>;
  readonly signal?: AbortSignal | undefined;
  /** Seconds of silence of the node after which it is given up; default 60. */
  readonly patience?: number;
}

/** How following came to its end. */
export type FollowEnd =
  | { readonly kind: "ended"; readonly job: JobDetails }
  | { readonly kind: "none" }
  | { readonly kind: "unreachable"; readonly silence: NodeSilence }
  | { readonly kind: "interrupted" };

/**
 * Hands on a job's log, from its beginning until the job has ended. A connection that is lost is made again, and goes on
 * at the byte that was reached. Throws UserError (exit 6) where the place of the jobs is not ours alone.
 */
export async function followJob(node: Node, id: string, options: FollowOptions): Promise<FollowEnd> {
  if (!isJobId(id)) return { kind: "none" };
  const { onEvent, signal, patience: seconds = 60 } = options;
  const reader = readLog(id);
  const patience = createPatience({ onEvent, signal, seconds });
  let offset = 0;
  for (;;) {
    try {
      const end = await tailLog(node, id, offset, signal, async (chunk) => {
        await patience.heard();
        offset += chunk.length;
        for (const event of reader.push(chunk)) await onEvent(event);
      });
      if (end === "interrupted") return { kind: "interrupted" };
      const job = await readJob(node, id, { patient: true, ...(signal && { signal }) });
      await patience.heard();
      if (!job) return { kind: "none" };
      // a power cut may have left nothing that tells who sent it
      const neverBegins = job.started === null && job.idle > 60;
      if (job.ended !== null || job.state === "dead" || neverBegins) {
        for (const event of reader.end()) await onEvent(event);
        return { kind: "ended", job };
      }
      // its own end is being written, or orphans of it run
      await pauseFor(0.3, signal);
    } catch (error) {
      if (signal?.aborted) return { kind: "interrupted" };
      const silence = await patience.endure(error);
      if (silence) return { kind: "unreachable", silence };
    }
    if (signal?.aborted) return { kind: "interrupted" };
  }
}

/** The log from a byte on, until the job's first process has ended. */
async function tailLog(
  node: Node,
  id: string,
  offset: number,
  signal: AbortSignal | undefined,
  onChunk: (chunk: Buffer) => Promise<void>,
): Promise<"ended" | "interrupted"> {
  const shell = `${jobShell}mclu_open jobs look >&2 || exit 0
job=$mclu_dir/${id}
mclu_mine "$job/log" || exit 0
mclu_look "$job"
if [ ! -e "$job/end" ] && [ $mclu_live = leader ]; then exec tail -c +${offset + 1} -s 0.3 -f --pid="$mclu_pid" -- "$job/log"; fi
exec tail -c +${offset + 1} -- "$job/log"`;
  let complaint = "";
  const end = await node.stream(
    { shell },
    {
      signal,
      onStdout: onChunk,
      onStderr: (chunk) => {
        complaint = (complaint + chunk.toString("utf8")).slice(-4096);
      },
    },
  );
  refusePlanted(node, complaint);
  return end.kind === "interrupted" ? "interrupted" : "ended";
}
