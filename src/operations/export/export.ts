import { rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { NodeError } from "../../node/failure.ts";
import { cancelJob } from "../../node/jobs/cancel.ts";
import { makeJobId } from "../../node/jobs/job-id.ts";
import { createPatience } from "../../node/jobs/patience.ts";
import { jobQuery, readJob } from "../../node/jobs/read.ts";
import { startJob } from "../../node/jobs/start.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { askOne } from "../ask-one.ts";
import { jobDirectory } from "../guest-stages.ts";
import { rememberEnd } from "../jobs.ts";
import { journalChange } from "../journal-changes.ts";
import { keepAlive } from "../keep-alive.ts";
import { exportJobSpec } from "./export-job.ts";
import type { ExportFile } from "./export-plan.ts";
import { type Fetch, fetchPart, openPart, publishFile } from "./fetch-file.ts";
import type { PreparedExport } from "./prepare-export.ts";

export interface ExportOptions {
  /** USER@HOST, for whoever lists jobs. */
  readonly client: string;
  readonly signal?: AbortSignal | undefined;
  /** What is going on: `convert vda`, and the share of it that is here, null while it is not known. */
  readonly onProgress?: ((what: string, share: number | null) => void) | undefined;
}

export interface ExportReport {
  readonly node: string;
  readonly name: string;
  /** On this machine. Bytes. */
  readonly files: readonly { readonly file: string; readonly size: number; readonly sha256: string }[];
  readonly seconds: number;
  /** One sentence each. */
  readonly warnings: readonly string[];
}

/** Seconds that a node may be silent before the export is given up. */
const patience = 120;

/**
 * Converts an image's disks on its node, by a job that removes what it made, and fetches them; a node may be silent for two
 * minutes. Throws UserError (exit 1, 5, 6, 130); nothing is left then, here or, once its node answers, there.
 */
export async function exportImage(
  cluster: Cluster,
  prepared: PreparedExport,
  options: ExportOptions,
): Promise<ExportReport> {
  const { plan, host, directory } = prepared;
  const { signal, client } = options;
  const { name, uuid } = plan.image;
  const started = performance.now();
  const node = cluster.node(plan.image.node);
  const id = makeJobId();
  const partOf = (what: string) => `${directory}/.${name.replaceAll("/", "_")}-${what}.mclu-${id}.part`;
  const temporary = `${jobDirectory({ ...host, id })}/tmp`;
  const files: { file: string; size: number; sha256: string }[] = [];
  try {
    // without the signal: what an interruption leaves is removed once it has ended
    await askOne(cluster, node, async () => {
      await startJob(node, exportJobSpec(plan, { uri: node.settings.uri, client, partOf, directory }), { id, signal });
      for (const file of plan.files) {
        files.push(await exportOne(node, id, temporary, file, partOf(file.what), options));
        await patiently(() => touch(node, `${temporary}/fetched-${file.what}`), signal);
      }
      await jobEnded(cluster, node, id, signal);
    });
  } catch (error) {
    const untold = await cancelJob(node, id)
      .then(() => {
        rememberEnd(cluster, id);
        return undefined;
      })
      .catch((silent: Error) => silent);
    for (const { file } of files) await rm(file, { force: true });
    throw signal?.aborted ? interrupted(node, id, untold) : error;
  }
  const seconds = Math.round(performance.now() - started) / 1000;
  const unwritten = journalChange(cluster, "image export", {
    node: node.name,
    name,
    uuid,
    outcome: "exported",
    seconds,
  });
  return { node: node.name, name, files, seconds, warnings: unwritten === undefined ? [] : [unwritten] };
}

/** @param untold why the node could not be told to end the job; undefined: it was */
function interrupted({ name }: Node, id: string, untold: Error | undefined): UserError {
  if (untold === undefined)
    return new UserError("interrupted: nothing was exported", { exitCode: exitCodes.interrupted });
  const why = `${name} could not be told to end the job, which may go on: ${untold.message}`;
  return new UserError(`interrupted: nothing was exported, and ${why}`, {
    hint: `once ${name} answers: mclu jobs cancel ${id}`,
    exitCode: exitCodes.interrupted,
  });
}

async function exportOne(
  node: Node,
  id: string,
  temporary: string,
  { what, file }: ExportFile,
  path: string,
  { signal, onProgress }: ExportOptions,
): Promise<{ file: string; size: number; sha256: string }> {
  onProgress?.(`convert ${what}`, null);
  const { size, sha256 } = await converted(node, id, `${temporary}/ready-${what}`, signal);
  const part = `${file}.mclu-part`;
  const handle = await openPart(part).catch((error: unknown) => {
    throw new UserError(`${part} cannot be made: ${error instanceof Error ? error.message : String(error)}`);
  });
  const alive = `${temporary}/alive`;
  const fetch: Fetch = {
    ...{ node, path, size, sha256, file, signal },
    onBytes: (bytes) => onProgress?.(`fetch ${what}`, bytes / size),
  };
  try {
    await keepAlive(node, alive, signal, async ({ moved, during }) => {
      const onBytes = (bytes: number) => {
        moved();
        fetch.onBytes(bytes);
      };
      await fetchAll({ ...fetch, onBytes }, handle, () => touch(node, alive));
      await handle.close();
      await during(publishFile(fetch, part));
    });
  } catch (error) {
    await Promise.allSettled([handle.close()]);
    await rm(part, { force: true });
    throw error;
  }
  return { file, size, sha256 };
}

/** Waits until the job has converted a disk. */
async function converted(node: Node, id: string, ready: string, signal: AbortSignal | undefined) {
  for (;;) {
    const query = jobQuery(`if [ -e ${quote(ready)} ]; then cat ${quote(ready)}; fi`);
    const answer = await patiently(() => node.ask(query, { signal, patient: true }), signal);
    const [, size, sha256] = /^(\d+) ([0-9a-f]{64})$/m.exec(answer) ?? [];
    if (size !== undefined && sha256 !== undefined) return { size: Number(size), sha256 };
    const job = await patiently(() => readJob(node, id, { patient: true, signal }), signal);
    if (!job || job.ended !== null || job.state === "dead")
      throw new UserError(`the export failed: ${job?.reason?.text ?? "its job is gone"}`, {
        hint: `mclu jobs show ${id}`,
        exitCode: job?.reason?.word === "changed" ? exitCodes.refused : exitCodes.failed,
      });
    await sleep(700, undefined, signal && { signal });
  }
}

/** Waits until the job has removed what it made, which takes it a second, and remembers that. */
async function jobEnded(cluster: Cluster, node: Node, id: string, signal: AbortSignal | undefined): Promise<void> {
  for (let count = 0; count < 40; count++) {
    const job = await patiently(() => readJob(node, id, { patient: true, signal }), signal);
    if (!job || job.ended !== null) return rememberEnd(cluster, id);
    await sleep(500, undefined, signal && { signal });
  }
}

/** Until all of it is here; a connection that is lost is made again, for as long as something comes now and then. */
async function fetchAll(
  fetch: Fetch,
  part: Parameters<typeof fetchPart>[1],
  alive: () => Promise<void>,
): Promise<void> {
  let silentSince = performance.now();
  let before = 0;
  let came = false;
  const onBytes = (bytes: number) => {
    came = true;
    fetch.onBytes(bytes);
  };
  for (;;) {
    fetch.signal?.throwIfAborted();
    let lost: Error = new UserError(`${fetch.node.name} no longer sends ${fetch.path}`, {
      exitCode: exitCodes.unreachable,
    });
    try {
      await alive();
      if ((await fetchPart({ ...fetch, onBytes }, part)) >= fetch.size) return;
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      lost = error;
      // of zeros that came the part does not grow
      if (came) silentSince = performance.now();
    }
    came = false;
    const { size: have } = await part.stat();
    if (have > before) silentSince = performance.now();
    before = have;
    if (performance.now() - silentSince > patience * 1000) throw lost;
    await sleep(2000, undefined, fetch.signal && { signal: fetch.signal });
  }
}

/** Asks until there is an answer; rejects with NodeError where the node is silent for too long. */
async function patiently<T>(ask: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  const { endure } = createPatience({ signal, seconds: patience });
  for (;;) {
    signal?.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      if ((await endure(error)) !== undefined) throw error;
    }
  }
}

/** A file that is gone is told by what reads it. */
async function touch(node: Node, path: string): Promise<void> {
  await node.ask(jobQuery(`true >${quote(path)}`), { patient: true });
}
