import { execFileSync, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, openSync, readFileSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { openCluster } from "../../../src/index.ts";
import { failed } from "../../../src/node/failure.ts";
import type { Node } from "../../../src/node/node.ts";
import { type Relay, relayFiles } from "../../../src/operations/copy/relay.ts";
import { receiveStage } from "../../../src/operations/copy/transfer-shell.ts";
import { temporaryDirectory } from "../../support/run-mclu.ts";

/** What a source answers to `tail | gzip`, and to sha256sum. */
interface Source {
  readonly file: () => Iterable<Buffer> | AsyncIterable<Buffer>;
  readonly sum?: () => Iterable<Buffer>;
}

const mebibyte = 1024 ** 2;
const size = mebibyte + 5;

/** A job that waits for a file of so many bytes, on a node that is this machine, and what brings it from a source that lies. */
async function waitingJob({ file, sum = () => [Buffer.from(`${"0".repeat(64)}  -\n`)] }: Source) {
  const home = temporaryDirectory();
  const job = join(home, "job");
  mkdirSync(join(job, "tmp"), { recursive: true });
  writeFileSync(join(job, "tmp/ready-vda"), "");
  const part = join(home, "part");
  writeFileSync(part, "");
  writeFileSync(join(home, "mclu.conf"), "[mclu]\ntransport = local\n[nodes]\nham0 =\nham1 =\n");
  const cluster = await openCluster({ file: join(home, "mclu.conf"), env: { HOME: home } });
  let sent = 0;
  const stream: Node["stream"] = async (command, { onStdout, signal }) => {
    for await (const chunk of "argv" in command ? sum() : file()) {
      if (signal?.aborted) return { kind: "interrupted" };
      sent += chunk.length;
      await onStdout(chunk);
      // as a connection does, which has its turns
      await new Promise(setImmediate);
    }
    return { kind: "exit", code: 0 };
  };
  const over = new AbortController();
  const what = { what: "vda", source: "/images/web.img", path: "/pool/web.img", size };
  const relay: Relay = {
    source: Object.assign(cluster.node("ham1"), { stream }),
    target: cluster.node("ham0"),
    jobDirectory: job,
    files: [what],
    partOf: () => part,
    signal: over.signal,
  };
  const told = (word: string) => {
    const path = join(job, `tmp/${word}-vda`);
    return existsSync(path) ? readFileSync(path, "utf8") : null;
  };
  const stage = ({ lease = 900 } = {}) =>
    execFileSync(
      "sh",
      ["-c", `${functions}${receiveStage(what, part, { kind: "relayed" }).replace("-lt 900", `-lt ${lease}`)}`],
      {
        encoding: "utf8",
        env: { ...process.env, MCLU_JOB: job },
      },
    );
  const mark = (word: string) => join(job, `tmp/${word}-vda`);
  return { relay, part, told, over, stage, mark, sent: () => sent };
}

/** Those of a job that the stage calls: the part is there already, and an end has its reason in it. */
const functions = `mclu_making() { cp "$1" "$1.came"; }; mclu_made() { mv -f "$1.came" "$1"; }
mclu_fail() { echo "failed $*"; kill $mclu_teller 2>/dev/null; exit 0; }
`;

function* forEver(piece: Buffer): Iterable<Buffer> {
  for (;;) yield piece;
}

describe("a source that sends through this machine", () => {
  it("brings its file", async () => {
    const content = Buffer.concat([Buffer.alloc(mebibyte), randomBytes(size - mebibyte)]);
    const sum = createHash("sha256").update(content).digest("hex");
    const { relay, part, told, stage } = await waitingJob({
      file: () => [gzipSync(content)],
      sum: () => [Buffer.from(`${sum}  -\n`)],
    });
    await relayFiles(relay);
    expect(readFileSync(part).equals(content)).toBe(true);
    expect(told("arrived")).toBe(`${sum}\n`);
    expect(stage()).not.toContain("failed");
  });

  it("keeps its job waiting by a mark, where nothing is seen to come but zeros", async () => {
    const { stage, mark } = await waitingJob({ file: () => [] });
    spawn("sh", [
      "-c",
      `for _ in 1 2 3 4 5; do sleep 1; : >"$0"; done; echo none >"$1"`,
      mark("alive"),
      mark("arrived"),
    ]);
    expect(stage({ lease: 3 })).toContain("failed checksum");
    const { stage: alone } = await waitingJob({ file: () => [] });
    expect(alone({ lease: 3 })).toBe("failed lost nothing came for 15 minutes\n");
  });

  it("and would fill the target's disk has one byte more than it said, by which the job ends", async () => {
    const bomb = gzipSync(Buffer.alloc(40 * mebibyte, 1));
    const { relay, part, told, stage } = await waitingJob({ file: () => [bomb] });
    await relayFiles(relay);
    expect(statSync(part).size).toBe(size + 1);
    expect(told("arrived")).toBe("none\n");
    expect(stage()).toBe(`failed source /images/web.img: the source sends more than the ${size} bytes that it said\n`);
  });

  it("without an end is not listened to any longer than its file can take", async () => {
    const nothing = gzipSync(Buffer.alloc(0));
    const pieces = Buffer.concat(Array.from({ length: 3000 }, () => nothing));
    const { relay, part, told, sent } = await waitingJob({ file: () => forEver(pieces) });
    await relayFiles(relay);
    expect(told("refused")).toBe(`ham1 sends more of /images/web.img than the ${size} bytes that it said\n`);
    expect([statSync(part).size, sent() < 4 * size]).toEqual([0, true]);
  });

  it("is told to end once the target takes no more of it", async () => {
    const all = gzipSync(Buffer.alloc(size + 1, 1));
    const { relay, told } = await waitingJob({
      file: async function* () {
        yield all;
        for (;;) {
          // gzip reads 256 KiB before it looks; what a file may take is said after 6 s
          await sleep(100);
          yield Buffer.alloc(32 * 1024, "garbage");
        }
      },
    });
    await relayFiles(relay);
    expect(told("arrived")).toBe("none\n");
  });

  it("and prints checksums for ever is refused", async () => {
    const { relay, told } = await waitingJob({
      file: () => [gzipSync(Buffer.alloc(size))],
      sum: () => forEver(Buffer.alloc(1000, "a")),
    });
    await relayFiles(relay);
    expect(told("refused")).toBe("what sha256sum prints of /images/web.img does not end\n");
  });

  it("and sends nothing is asked again in a while, not at once", async () => {
    let asked = 0;
    const { relay, over, told } = await waitingJob({
      file: () => {
        asked++;
        return [];
      },
    });
    const relaying = relayFiles(relay);
    await expect.poll(() => asked, { timeout: 10_000 }).toBe(2);
    const [begun, before] = [performance.now(), asked];
    await expect.poll(() => asked, { timeout: 10_000 }).toBeGreaterThan(before);
    expect(performance.now() - begun).toBeGreaterThan(1000);
    over.abort(failed("lost", "the copy has ended", ""));
    await relaying;
    expect([told("arrived"), told("refused")]).toEqual([null, null]);
  });
});

describe("of two clients that bring one copy", () => {
  const content = randomBytes(size);
  const packed = gzipSync(content);
  const sum = () => [Buffer.from(`${createHash("sha256").update(content).digest("hex")}  -\n`)];

  /** Another client of the same job, with a source of its own. */
  async function another(first: Relay, source: Source) {
    const other = await waitingJob(source);
    const turns: boolean[] = [];
    const { jobDirectory, partOf } = first;
    return {
      ...other,
      turns,
      relay: { ...other.relay, jobDirectory, partOf, onTurn: (ours: boolean) => turns.push(ours) },
    };
  }

  it("the second sends nothing while the first is at it, and neither ends the other's", {
    timeout: 30_000,
  }, async () => {
    let begun = () => {};
    let go = () => {};
    const isBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const mayGo = new Promise<void>((resolve) => {
      go = resolve;
    });
    const first = await waitingJob({
      file: async function* () {
        begun();
        yield packed.subarray(0, 1000);
        await mayGo;
        yield packed.subarray(1000);
      },
      sum,
    });
    const second = await another(first.relay, { file: () => [Buffer.alloc(size, "other")] });
    const relaying = relayFiles(first.relay);
    await isBegun;
    const following = relayFiles(second.relay);
    await expect.poll(() => second.turns).toEqual([false]);
    // one that gives up says nothing against the copy of the other
    const third = await another(first.relay, { file: () => [] });
    const leaving = relayFiles(third.relay);
    await expect.poll(() => third.turns).toEqual([false]);
    third.over.abort(failed("lost", "interrupted", ""));
    await leaving;
    go();
    await Promise.all([relaying, following]);
    expect(readFileSync(first.part).equals(content)).toBe(true);
    expect([second.sent(), second.turns, first.told("refused")]).toEqual([0, [false], null]);
    expect(first.told("arrived")).toBe(`${sum()[0]?.toString("latin1").slice(0, 64)}\n`);
    expect(existsSync(first.mark("turn").replace(/-vda$/, ""))).toBe(false);
  });

  it("the second takes over where the first gave no sign of itself for half a minute, and ends what writes for it", async () => {
    const { relay, part, told, mark } = await waitingJob({ file: () => [packed], sum });
    const turn = mark("turn").replace(/-vda$/, "");
    writeFileSync(turn, "a client that is gone\n");
    const writer = spawn("sleep", ["60"], { stdio: ["ignore", openSync(part, "a"), "ignore"] });
    const isEnded = new Promise((resolve) => writer.once("exit", (_, signal) => resolve(signal)));
    const turns: boolean[] = [];
    const relaying = relayFiles({ ...relay, onTurn: (ours) => turns.push(ours) });
    await expect.poll(() => turns).toEqual([false]);
    expect(readFileSync(part)).toHaveLength(0);
    const ago = Date.now() / 1000 - 31;
    utimesSync(turn, ago, ago);
    // what it sends is a sign as well
    await sleep(2500);
    expect(turns).toEqual([false]);
    utimesSync(part, ago, ago);
    await relaying;
    expect([turns, await isEnded]).toEqual([[false, true], "SIGKILL"]);
    expect(readFileSync(part).equals(content)).toBe(true);
    expect(told("arrived")).not.toBeNull();
  });

  it("the first loses its turn to the second without a word against the copy", async () => {
    const { relay, part, told, mark } = await waitingJob({
      file: () => {
        writeFileSync(mark("turn").replace(/-vda$/, ""), "another client\n");
        return [gzipSync(Buffer.alloc(0)), Buffer.alloc(4 * size)];
      },
    });
    const turns: boolean[] = [];
    await relayFiles({ ...relay, onTurn: (ours) => turns.push(ours) });
    // what it finds wrong is of its own connection, maybe
    expect([turns, told("refused"), readFileSync(part).length]).toEqual([[true], null, 0]);
  });
});
