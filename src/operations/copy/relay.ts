import { setTimeout as sleep } from "node:timers/promises";
import { UserError } from "../../errors.ts";
import { wholeNumber } from "../../libvirt/number.ts";
import type { Query } from "../../libvirt/query.ts";
import { failed, NodeError } from "../../node/failure.ts";
import { jobQuery } from "../../node/jobs/read.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { type Activity, keepAlive } from "../keep-alive.ts";
import type { CopyFile } from "./copy-plan.ts";
import { checksum, sendFrom } from "./relay-bytes.ts";
import { blockSize } from "./transfer-shell.ts";
import { type Turn, turnAt } from "./turn.ts";

/** A copy whose bytes go through this machine. */
export interface Relay {
  readonly source: Node;
  readonly target: Node;
  /** Of the job on the target. */
  readonly jobDirectory: string;
  readonly files: readonly CopyFile[];
  readonly partOf: (path: string) => string;
  readonly signal: AbortSignal;
  /** Hears whether it is this client that brings the files, as soon as that is known, and when it changes. */
  readonly onTurn?: ((isOurs: boolean) => void) | undefined;
}

/** With what belongs to this client's turn. */
interface Relaying extends Relay {
  readonly turn: Turn;
  readonly turned: (isOurs: boolean) => void;
}

/** Seconds that a node may be silent before the copy is given up. */
const patience = 120;

/** Milliseconds between looks at a job that is not at its file yet, or fetches it by itself: at first, and at last. */
const pauses = { first: 500, last: 5000 };

/**
 * Brings a job the files that it waits for, one after the other, each from where it is so far; a connection that is lost is
 * made again. What cannot be mended the job is told, which ends it. While another client does all that, it waits for its
 * turn. Resolves when all is there, or when the signal says so.
 */
export async function relayFiles(relay: Relay): Promise<void> {
  const turn = turnAt(marksOf(relay));
  let held: ReturnType<Turn["hold"]> | undefined;
  let isOurs: boolean | undefined;
  const turned = (now: boolean) => {
    if (now) held ??= turn.hold(relay.target, relay.signal);
    if (now !== isOurs) relay.onTurn?.(now);
    isOurs = now;
  };
  try {
    await relayEach({ ...relay, turn, turned });
  } finally {
    await held?.end();
  }
}

async function relayEach(relay: Relaying): Promise<void> {
  for (const file of relay.files) {
    try {
      const alive = `${marksOf(relay)}/alive-${file.what}`;
      await keepAlive(relay.target, alive, relay.signal, (activity) => relayFile(relay, file, activity));
    } catch (error) {
      if (relay.signal.aborted) return;
      if (!(error instanceof NodeError || error instanceof UserError)) throw error;
      await tell(relay, file, "refused", error.message).catch(() => undefined);
      return;
    }
  }
}

/** Where a job and its client tell each other what they need. */
function marksOf({ jobDirectory }: Relay): string {
  return `${jobDirectory}/tmp`;
}

async function relayFile(relay: Relaying, file: CopyFile, activity: Activity): Promise<void> {
  const { source, target, partOf, turn, signal } = relay;
  /** Whether something moved since the last failure. */
  let moved = false;
  const writing = (command: string) => turn.write(partOf(file.path), command);
  const way = { source, target, path: file.source, writing, size: file.size, signal };
  const onBytes = () => {
    moved = true;
    activity.moved();
  };
  let silentSince: number | undefined;
  /** Most bytes that were there. */
  let before = -1;
  /** Whether all that the source sends from where it was on was passed on. */
  let sent = false;
  let pause = pauses.first;
  for (;;) {
    signal.throwIfAborted();
    try {
      const have = await sizeSoFar(relay, file);
      // one that has its checksum is told already
      if (have === "arrived") return;
      if (have === "waiting" || have === "other") {
        silentSince = undefined;
        await sleep(pause, undefined, { signal });
        pause = Math.min(2 * pause, pauses.last);
        continue;
      }
      // the job sees that it is too much, and needs no checksum for that
      if (have > file.size) return await tell(relay, file, "arrived", "none");
      const grew = have > before;
      if (grew) [silentSince, before] = [undefined, have];
      if (have === file.size)
        return await tell(relay, file, "arrived", await activity.during(checksum({ ...way, onBytes })));
      if (!grew && sent) {
        [sent, moved] = [false, false];
        throw failed("protocol", `${source.name} sends nothing of ${file.source}`, `mclu exec ${source.name} -- true`);
      }
      sent = false;
      await sendFrom({ ...way, onBytes }, Math.floor(have / blockSize));
      sent = true;
    } catch (error) {
      if (!(error instanceof NodeError)) throw error;
      // of zeros that came the part does not grow
      if (moved) silentSince = undefined;
      moved = false;
      silentSince ??= performance.now();
      if (performance.now() - silentSince > patience * 1000) throw error;
      await sleep(2000, undefined, { signal });
    }
  }
}

/** Bytes that are there; `waiting`: the job is not at this file yet; `other`: another client brings it. */
async function sizeSoFar(relay: Relaying, { what, path }: CopyFile): Promise<number | "waiting" | "other" | "arrived"> {
  const { target, partOf, turn, turned, signal } = relay;
  const marks = marksOf(relay);
  const part = partOf(path);
  const query: Query<string> = jobQuery(
    `if [ -s ${quote(`${marks}/arrived-${what}`)} ] || [ ! -d ${quote(marks)} ]; then echo arrived
elif [ ! -e ${quote(`${marks}/ready-${what}`)} ]; then echo waiting; else ${turn.take(part, `stat -c %s -- ${quote(part)}`)}; fi`,
  );
  const answer = (await target.ask(query, { signal, patient: true })).trim();
  if (answer === "waiting" || answer === "arrived") return answer;
  const size = answer === "other" ? answer : wholeNumber(answer);
  if (size === null)
    throw failed("protocol", `it does not say how much it has: ${answer}`, `mclu doctor ${target.name}`);
  turned(size !== "other");
  return size;
}

/** Renamed into place: the job never reads half of it. What another client brings is left to that one's word. */
async function tell(relay: Relaying, { what }: CopyFile, word: string, text: string): Promise<void> {
  const { target, turn, signal } = relay;
  const marks = quote(marksOf(relay));
  const path = quote(`${marksOf(relay)}/${word}-${what}`);
  const line = quote(text.replaceAll("\n", " "));
  const write = `echo ${line} >${path}.new && mv -f ${path}.new ${path}`;
  await target.ask(jobQuery(`umask 077; if [ -d ${marks} ] && ${turn.ours}; then ${write}; fi`), {
    signal,
    patient: true,
  });
}
