import { PassThrough } from "node:stream";
import { finished } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Query } from "../../libvirt/query.ts";
import { NodeError } from "../../node/failure.ts";
import { jobQuery } from "../../node/jobs/read.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { CopyFile } from "./copy-plan.ts";
import { blockSize, receiveCommand, sendCommand } from "./transfer-shell.ts";

/** A copy whose bytes go through this machine. */
export interface Relay {
  readonly source: Node;
  readonly target: Node;
  /** Of the job on the target. */
  readonly jobDirectory: string;
  readonly files: readonly CopyFile[];
  readonly partOf: (path: string) => string;
  readonly signal: AbortSignal;
}

/** Seconds that a node may be silent before the copy is given up. */
const patience = 120;

/**
 * Brings a job the files that it waits for, one after the other, each from where it is so far; a connection that is lost is
 * made again. What cannot be mended the job is told, which ends it. Resolves when all is there, or when the signal says so.
 */
export async function relayFiles(relay: Relay): Promise<void> {
  for (const file of relay.files) {
    try {
      await relayFile(relay, file);
    } catch (error) {
      if (relay.signal.aborted) return;
      if (!(error instanceof NodeError)) throw error;
      await tell(relay, file, "refused", error.message).catch(() => undefined);
      return;
    }
  }
}

async function relayFile(relay: Relay, file: CopyFile): Promise<void> {
  let silentSince: number | undefined;
  let before = -1;
  for (;;) {
    relay.signal.throwIfAborted();
    try {
      const have = await sizeSoFar(relay, file);
      // one that has its checksum is told already
      if (have === "arrived") return;
      if (have !== "waiting" && have >= file.size) break;
      if (have === "waiting") await sleep(500, undefined, { signal: relay.signal });
      else {
        if (have > before) silentSince = undefined;
        before = have;
        await sendFrom(relay, file, Math.floor(have / blockSize));
      }
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      silentSince ??= performance.now();
      if (performance.now() - silentSince > patience * 1000) throw error;
      await sleep(2000, undefined, { signal: relay.signal });
    }
  }
  await tell(relay, file, "arrived", await checksum(relay, file));
}

/** Bytes that are there; `waiting`: the job is not at this file yet. */
async function sizeSoFar(
  { target, jobDirectory, partOf, signal }: Relay,
  { what, path }: CopyFile,
): Promise<number | "waiting" | "arrived"> {
  const marks = `${jobDirectory}/tmp`;
  const query: Query<string> = jobQuery(
    `if [ -s ${quote(`${marks}/arrived-${what}`)} ] || [ ! -d ${quote(marks)} ]; then echo arrived
elif [ -e ${quote(`${marks}/ready-${what}`)} ]; then stat -c %s -- ${quote(partOf(path))}; else echo waiting; fi`,
  );
  const answer = (await target.ask(query, { signal, patient: true })).trim();
  return answer === "waiting" || answer === "arrived" ? answer : Number(answer);
}

async function sendFrom({ source, target, partOf, signal }: Relay, file: CopyFile, block: number): Promise<void> {
  const pipe = new PassThrough({ highWaterMark: 4 * blockSize });
  pipe.on("error", () => undefined);
  const drop = () => undefined;
  const receiving = target.stream(
    { shell: receiveCommand(partOf(file.path), block) },
    { stdin: pipe, signal, onStdout: drop, onStderr: drop },
  );
  const sending = source.stream(
    { shell: sendCommand(file.source, block) },
    {
      signal,
      onStderr: drop,
      onStdout: (chunk) => {
        if (pipe.write(chunk) || pipe.destroyed) return undefined;
        return new Promise<void>((resolve) => {
          pipe.once("drain", resolve);
          pipe.once("close", resolve);
        });
      },
    },
  );
  // where one side ends the other has nothing to do any more
  sending.then(
    () => pipe.end(),
    () => pipe.end(),
  );
  receiving.then(
    () => pipe.destroy(),
    () => pipe.destroy(),
  );
  const [, received] = await Promise.allSettled([sending, receiving]);
  await finished(pipe).catch(() => undefined);
  const sent = await sending;
  if (received.status === "rejected") throw received.reason;
  signal.throwIfAborted();
  if (sent.kind !== "exit") throw signal.reason;
}

async function checksum({ source, signal }: Relay, { source: path }: CopyFile): Promise<string> {
  let text = "";
  const end = await source.stream(
    { argv: ["sha256sum", "--", path] },
    {
      signal,
      onStderr: () => undefined,
      onStdout: (chunk) => {
        text += chunk.toString("latin1");
      },
    },
  );
  signal.throwIfAborted();
  const [sum] = /^\\?([0-9a-f]{64}) /.exec(text)?.slice(1) ?? [];
  // a sum that nothing has: the job then says that they differ
  return end.kind === "exit" && sum !== undefined ? sum : "none";
}

/** Renamed into place: the job never reads half of it. */
async function tell(
  { target, jobDirectory, signal }: Relay,
  { what }: CopyFile,
  word: string,
  text: string,
): Promise<void> {
  const path = quote(`${jobDirectory}/tmp/${word}-${what}`);
  const line = quote(text.replaceAll("\n", " "));
  const script = `umask 077; [ ! -d ${quote(`${jobDirectory}/tmp`)} ] || { echo ${line} >${path}.new && mv -f ${path}.new ${path}; }`;
  await target.ask(jobQuery(script), { signal, patient: true });
}
