import { NodeError } from "../failure.ts";
import type { Node } from "../node.ts";
import { makeJobId } from "./job-id.ts";
import { type JobSpec, jobFiles } from "./job-script.ts";
import { createPatience, type SilenceEvent } from "./patience.ts";
import { cancelled, send } from "./send.ts";
import { supervisorShell } from "./supervisor-shell.ts";
import { measure, type UploadItem } from "./upload.ts";
import { endUpload } from "./upload-state.ts";

export interface StartOptions {
  /** Default: a new one. Whoever names files after the job makes it beforehand. */
  readonly id?: string;
  readonly signal?: AbortSignal | undefined;
  /** Seconds in which something of the upload must move; default 120. */
  readonly stall?: number;
  /** Hears of a node that is lost meanwhile. */
  readonly onEvent?: ((event: SilenceEvent) => void | Promise<void>) | undefined;
}

/**
 * Uploads a job and starts it, in one command on the node: it runs when this resolves, with its ID, and goes on whatever
 * becomes of us. A connection that is lost on the way is made again for a minute, and the upload goes on where it was; an
 * upload that nobody goes on with leaves a directory without a `started` mark, which `gc` removes.
 * Rejects with NodeError; throws UserError (exit 1) where the node has no room for it, (exit 6) where the place of the jobs
 * is not ours alone, or the job's name was taken while its node did not answer, (exit 2) for a local file that cannot be
 * read, (exit 130) when it was interrupted.
 */
export async function startJob(node: Node, spec: JobSpec, options: StartOptions = {}): Promise<string> {
  const { id = makeJobId(), signal, stall = 120, onEvent } = options;
  const items: UploadItem[] = [
    { name: "run", source: { data: supervisorShell } },
    ...[...jobFiles(id, spec)].map(([name, data]) => ({ name, source: { data } })),
    ...(spec.files ?? []).map(({ name, source }) => ({ name: `files/${fileName(name)}`, source })),
  ];
  const measured = await measure(items);
  const patience = createPatience({ onEvent, signal });
  let from: number | undefined;
  let lost: NodeError | undefined;
  for (let tries = 0; ; ) {
    try {
      if (lost) {
        const state = await endUpload(node, id, signal && { signal });
        await patience.heard();
        if (state.kind === "started") return id;
        if (state.kind === "ended") throw cancelled(id);
        const reached = state.kind === "cut" ? state.bytes : undefined;
        tries = (reached ?? 0) > (from ?? 0) ? 0 : tries + 1;
        if (tries > mostTries) throw lost;
        from = reached;
      }
      await send(node, { id, items, measured, from, stall, signal });
      return id;
    } catch (error) {
      if (signal?.aborted || error === lost || !(lost ?? wasLost(error)) || !(error instanceof NodeError)) throw error;
      lost ??= error;
      if (await patience.endure(error)) throw new NodeError(error.silence, { cause: lost });
    }
  }
}

/** Connections in a row that may be lost without a byte more on the node. */
const mostTries = 3;

/** Whether a job may run that `startJob` did not start, as it says: its node was lost while it was sent. */
export function mayRun(error: unknown): boolean {
  return wasLost(error) || (error instanceof NodeError && wasLost(error.cause));
}

function wasLost(error: unknown): boolean {
  return (
    error instanceof NodeError && error.silence.state === "failed" && ["lost", "slow"].includes(error.silence.reason)
  );
}

function fileName(name: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) throw new Error(`not a plain file name: ${name}`);
  return name;
}
