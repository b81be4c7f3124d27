import { exitCodes, UserError } from "../../errors.ts";
import { failed } from "../failure.ts";
import { keepFirst } from "../marked-stream.ts";
import type { Node } from "../node.ts";
import { quote } from "../shell.ts";
import { endedBy } from "../until-aborted.ts";
import { refusePlanted } from "./planted.ts";
import { receiveShell } from "./receive-shell.ts";
import { type Measured, type UploadItem, uploadStream } from "./upload.ts";
import { endUpload } from "./upload-state.ts";

/** A job on its way to a node. */
interface Sending {
  readonly id: string;
  readonly items: readonly UploadItem[];
  readonly measured: readonly Measured[];
  /** Bytes that are there already; undefined: it begins. */
  readonly from: number | undefined;
  /** Seconds in which something must move. */
  readonly stall: number;
  readonly signal: AbortSignal | undefined;
}

/** Bytes in a second that a node cuts into files and compares at the least, when all of them are there. */
const slowDisk = 10 * 1024 ** 2;

/** Bytes: what a node has to say takes a line. */
const answerLimit = 16 * 1024;

/**
 * Sends a job, which starts it. Rejects with NodeError, `slow` where nothing moves any more; throws UserError as `startJob`
 * does.
 */
export async function send(node: Node, { id, items, measured, from, stall, signal }: Sending): Promise<void> {
  const over = endedBy(signal);
  const total = measured.reduce((sum, { size }) => sum + size, 0);
  const wait = setTimeout(() => over.abort(), (stall + total / slowDisk) * 1000);
  const [stdout, stderr] = [keepFirst(answerLimit), keepFirst(answerLimit)];
  const end = await node
    .stream(
      { shell: receiveShell(id, measured, from) },
      {
        stdin: uploadStream(items, measured, { from, onPiece: () => wait.refresh() }),
        signal: over.signal,
        onStdout: (chunk) => stdout.add(chunk),
        onStderr: (chunk) => stderr.add(chunk),
      },
    )
    .finally(() => {
      clearTimeout(wait);
      over.abort();
    });
  if (end.kind === "interrupted") {
    if (!signal?.aborted)
      throw failed("slow", "it no longer takes the job that is sent to it", `mclu jobs list ${quote(node.name)}`);
    throw new UserError(`the job ${id} was not started`, { exitCode: exitCodes.interrupted });
  }
  const answer = stdout.text();
  refusePlanted(node, answer);
  const [, word, what = ""] = /^(started|failed|corrupt|taken)(?:\t(.*))?$/m.exec(answer) ?? [];
  switch (word) {
    case "started":
      return;
    case "corrupt":
      throw new UserError(
        `${what.replace("files/", "")} changed while it was sent to ${node.name}: nothing was started`,
        { hint: "try again" },
      );
    case "taken":
      throw new UserError(`somebody took its name while ${node.name} did not answer; nothing was started`, {
        hint: "mclu jobs",
        exitCode: exitCodes.refused,
      });
  }
  // what receives it may have been ended when the job was begun, and whoever cancels a job ends that too
  const { kind } = await endUpload(node, id, signal && { signal });
  if (kind === "started") return;
  if (kind === "ended") throw cancelled(id);
  const why = stderr.text().trim().split("\n").at(-1)?.slice(0, 500) || what.slice(0, 500) || "the shell said nothing";
  throw new UserError(`the job could not be started on ${node.name}: ${why}`, {
    hint: `mclu exec ${node.name} -- df -h /var/lib /tmp`,
  });
}

/** What whoever sends a job is told that somebody else cancelled. */
export function cancelled(id: string): UserError {
  return new UserError(`somebody cancelled the job ${id} while it was sent; nothing was started`, {
    hint: "mclu jobs",
  });
}
