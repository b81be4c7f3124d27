import { wholeNumber } from "../../libvirt/number.ts";
import { UnexpectedOutput } from "../../libvirt/query.ts";
import { isJobId } from "./job-id.ts";
import type { JobDetails, JobOutcome, JobState, ManifestEntry } from "./job-record.ts";

type Facts = ReadonlyMap<string, readonly string[]>;

/** What `readShell` printed about jobs, after a line `now`. Names that are no job's are left out: they are not ours. */
export function parseJobs(text: string): JobDetails[] {
  const now = Number(/^now\t(\d{1,20})(?:\n|$)/.exec(text)?.[1] ?? Number.NaN);
  const jobs: JobDetails[] = [];
  // a value may have what JavaScript calls the end of a line too: a carriage return, U+2028
  const [head = "", ...blocks] = text.split("\njob\t");
  const measured = measuredOf(head);
  for (const block of blocks) {
    const [id = "", ...lines] = block.split("\n");
    const facts = new Map<string, string[]>();
    for (const line of lines) {
      const [name = "", value] = splitAt(line, "\t");
      if (value === undefined) continue;
      const known = facts.get(name);
      if (known) known.push(value);
      else facts.set(name, [value]);
    }
    if (isJobId(id) && !facts.has("foreign"))
      jobs.push(parseJob(id, new Map([...facts, ...(measured.get(id) ?? [])]), now));
  }
  if (Number.isNaN(now)) throw new UnexpectedOutput("a list of jobs", text);
  return jobs;
}

/** What was asked of all jobs at once, before the first of them: FACT, value, name of the job. */
function measuredOf(head: string): ReadonlyMap<string, Facts> {
  const measured = new Map<string, Map<string, string[]>>();
  for (const line of head.split("\n")) {
    const [fact = "", value = "", id = ""] = line.split("\t");
    if (fact !== "touched" && fact !== "size") continue;
    const facts = measured.get(id) ?? new Map<string, string[]>();
    measured.set(id, facts.set(fact, [value]));
  }
  return measured;
}

function parseJob(id: string, facts: Facts, now: number): JobDetails {
  const [how, code, ended] = (one(facts, "end") ?? "").split(" ");
  const [stageStart, stageName] = splitAt(one(facts, "stage") ?? "", " ");
  const [word, reason] = splitAt(one(facts, "reason") ?? "", " ");
  const started = number(one(facts, "started"));
  const live = one(facts, "live");
  const idle = Math.max(0, now - (number(one(facts, "touched")) ?? now));
  const end = number(ended);
  const committed = one(facts, "committed");
  const isCut = started === null && facts.has("upload");
  return {
    id,
    ...parseSpec(one(facts, "spec")),
    state: isCut ? "dead" : stateOf(how, live, started, now),
    started,
    ended: end,
    elapsed: started === null ? null : Math.max(0, (end ?? now) - started),
    stage: stageName === undefined ? null : { name: stageName, started: number(stageStart) ?? 0 },
    exitCode: number(code),
    reason: reason !== undefined ? { word, text: reason.trim() } : isCut ? cutOff : null,
    committed: committed === "unknown" ? null : committed === "yes",
    rolledBack: facts.has("rolled"),
    idle,
    orphaned: live === "orphans",
    directory: one(facts, "directory") ?? "",
    size: (number(one(facts, "size")) ?? 0) * 1024,
    manifest: (facts.get("entry") ?? []).flatMap(parseEntry),
    outcome: (facts.get("outcome") ?? []).flatMap(parseOutcome),
  };
}

/** Of a job that never began. */
const cutOff = { word: "cut-off", text: "its upload was cut off, and nothing of it ran" };

/** Seconds that a process which should be there is given to appear. */
const startSeconds = 10;

function stateOf(how: string | undefined, live: string | undefined, started: number | null, now: number): JobState {
  if (how === "done" || how === "failed" || how === "cancelled") return how;
  if (started === null) return "waiting";
  if (live === "leader" || live === "orphans") return "running";
  return live === "starting" && now - started < startSeconds ? "waiting" : "dead";
}

function parseSpec(text: string | undefined) {
  let spec: Record<string, unknown> = {};
  try {
    const read: unknown = JSON.parse(text ?? "{}");
    if (typeof read === "object" && read !== null) spec = read as Record<string, unknown>;
  } catch {
    // cut short by a full disk or a power cut: the job is listed all the same
  }
  const field = (name: string) => (typeof spec[name] === "string" ? (spec[name] as string) : null);
  return { kind: field("kind"), guest: field("guest"), template: field("template"), client: field("client") };
}

function parseEntry(line: string): ManifestEntry[] {
  const [kind, now = "", blocks = "", ...path] = line.split("\t");
  if (kind !== "making" && kind !== "made" && kind !== "left") return [];
  const [count = null, unit = null] = blocks.split("*").map(number);
  return [{ kind, now, size: count === null || unit === null ? null : count * unit, path: path.join("\t") }];
}

/** `removed KIND PATH` or `kept WHY PATH`. */
export function parseOutcome(line: string): JobOutcome[] {
  const [word, detail = "", ...path] = line.split("\t");
  if (word !== "removed" && word !== "kept") return [];
  return [{ path: path.join("\t"), removed: word === "removed", why: word === "kept" ? detail : "" }];
}

function one(facts: Facts, name: string): string | undefined {
  return facts.get(name)?.[0];
}

function number(text: string | undefined): number | null {
  return wholeNumber(text);
}

function splitAt(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
