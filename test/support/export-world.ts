import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { currentAccount } from "../../src/account.ts";
import { exportImage } from "../../src/operations/export/export.ts";
import { prepareExport } from "../../src/operations/export/prepare-export.ts";
import { rememberJob } from "../../src/operations/jobs.ts";
import { readKnownJobs } from "../../src/state/known-jobs.ts";
import { type AbleNode, ableNodes, diskXml, guestXml, imageFile } from "./able-node.ts";
import { fakeCluster, lostNode } from "./fake-host.ts";
import { ended, type JobAnswers, jobFacts, runs, takesJob } from "./fake-jobs.ts";
import { temporaryDirectory } from "./run-mclu.ts";
import { testUuid } from "./test-driver.ts";

export const name = "debian-original";
export const [first, second] = ["/images/o.qcow2", "/images/data.qcow2"];
export const content = Buffer.from("what is in the image".repeat(1000));
export const sum = createHash("sha256").update(content).digest("hex");
export const ready = `${content.length} ${sum}\n`;

/** Facts of the job that a script asks about. */
export const jobOf = (script: string, ...facts: readonly string[]) =>
  jobFacts([/mclu_dir"\/(2[\w-]*)/.exec(script)?.[1] ?? "", ...facts]);

export interface World {
  readonly disks?: string;
  readonly node?: AbleNode;
  /** What the node says when it is asked whether a disk was converted; so many times before. */
  readonly converted?: (asked: number) => string;
  readonly jobs?: JobAnswers;
  /** Hears that the node is told something by a file; so many times before. */
  readonly touched?: (file: string, asked: number) => void;
  /** What is sent of a converted disk; so many times before. */
  readonly sends?: (asked: number) => Buffer | "lost";
  readonly file?: string;
  readonly signal?: AbortSignal;
}

/** An image of one node, and how it is exported into an empty directory of this machine. */
export async function exportWorld({
  disks = diskXml("vda", first),
  node,
  converted = () => ready,
  jobs,
  touched,
  ...how
}: World = {}) {
  const [here, cancelled]: [string, string[]] = [temporaryDirectory(), []];
  let asked = 0;
  const facts: JobAnswers = {
    one: (_, script) => jobOf(script, ...ended("done")),
    cancel: () => {
      cancelled.push("cancelled");
      return "told";
    },
  };
  let told = 0;
  const run: AbleNode["run"] = ([, , script = ""]) => {
    if (script.startsWith("true >")) touched?.(script, told++);
    if (!script.startsWith("if [ -e")) return undefined;
    // somebody lists the jobs meanwhile
    if (asked === 0) rememberJob(cluster, /jobs\/(2[\w-]*)/.exec(script)?.[1] ?? "");
    return converted(asked++);
  };
  const image = { name, uuid: testUuid(1), state: "shut off" as const, xml: guestXml(name, "", disks) };
  const files = { [first]: imageFile(first, 1000), [second]: imageFile(second, 1000) };
  const answers = ableNodes({ ham0: { files, run, jobs: { ...facts, ...jobs }, ...node } });
  const cluster = await fakeCluster({ ham0: () => [image] }, "", answers);
  let sent = 0;
  const { sends = () => gzipSync(content) } = how;
  const sending: Parameters<typeof runs>[1] = async ({ onStdout, onStderr }) => {
    await onStderr(Buffer.from("a word\n"));
    const piece = sends(sent++);
    if (piece === "lost") return lostNode;
    await onStdout(piece);
    return { kind: "exit", code: 0 };
  };
  runs(cluster.node("ham0"), takesJob().run, sending);
  const { file = "web.raw", signal } = how;
  const prepare = () => prepareExport(cluster, { image: name, format: "raw", file, cwd: here, signal });
  const progress: (readonly [string, number | null])[] = [];
  const onProgress = (what: string, share: number | null) => void progress.push([what, share]);
  const exported = async () => exportImage(cluster, await prepare(), { client: "me@here", signal, onProgress });
  const known = () => readKnownJobs(cluster.directories.cache, cluster.config.source ?? "", currentAccount().uid);
  return { cluster, here, prepare, exported, cancelled, progress, known, left: () => readdirSync(here) };
}
