import { type Query, UnexpectedOutput } from "../../libvirt/query.ts";
import type { AskOptions, Node } from "../node.ts";
import { quote } from "../shell.ts";
import { isJobId, jobIdGlob } from "./job-id.ts";
import type { JobDetails, JobRecord } from "./job-record.ts";
import { parseJobs } from "./parse-jobs.ts";
import { denyPlanted } from "./planted.ts";
import { readShell } from "./read-shell.ts";

/**
 * The jobs of a node, oldest first, in one round trip. `entries` looks at what each manifest names too. Rejects with
 * NodeError, `denied` where the place of the jobs is not ours alone.
 */
export function listJobs(node: Node, options?: AskOptions): Promise<JobRecord[]>;
export function listJobs(node: Node, options: AskOptions & { readonly entries: true }): Promise<JobDetails[]>;
export async function listJobs(node: Node, options: AskOptions & { readonly entries?: boolean } = {}) {
  const { entries = false, ...how } = options;
  const jobs = await askJobs(node, describeAll(jobIdGlob, entries, checkSeconds(node, how, 10)), how);
  return entries ? jobs : jobs.map(({ directory, size, manifest, outcome, ...record }) => record);
}

/** One job, with its manifest; undefined where there is none of that ID. */
export async function readJob(node: Node, id: string, options?: AskOptions): Promise<JobDetails | undefined> {
  if (!isJobId(id)) return undefined;
  return (await askJobs(node, describeAll(id, true, checkSeconds(node, options, 15)), options)).at(0);
}

/** The last lines of a job's log, without what is not text; our own marks are still in it. */
export function readJobLog(node: Node, id: string, lines: number, options?: AskOptions): Promise<string> {
  // a line may be as long as the log
  const log = `"$mclu_dir/${id}/log"`;
  const tail = `if mclu_mine ${log}; then tail -c 65536 ${log} | tr -d '\\000' | tail -n ${lines}; fi`;
  return isJobId(id) ? tell(node, tail, options) : Promise.resolve("");
}

/** A file that a job was given, by its name; "" where there is none, or none of ours. Rejects with NodeError. */
export function readJobFile(node: Node, id: string, name: string, options?: AskOptions): Promise<string> {
  const cat = `mclu_file="$mclu_dir/${id}/files/"${quote(name)}\nif mclu_mine "$mclu_file"; then cat -- "$mclu_file"; fi`;
  return isJobId(id) ? tell(node, cat, options) : Promise.resolve("");
}

/**
 * Seconds for what jobs say of themselves when they are asked whether they were committed; that of a move asks the other
 * node over a connection of its own. Five are left for the rest of the answer.
 */
function checkSeconds(node: Node, options: AskOptions | undefined, most: number): number {
  const seconds = options?.seconds ?? node.settings.readTimeout;
  return Math.max(1, Math.min(most, Math.floor(seconds - 5)));
}

/**
 * What the manifests of jobs that run name is marked, where the entries of all jobs are asked for: `gc` leaves it alone.
 * @param pattern of the jobs' names: any other name is no job's, and may have a newline
 * @param check seconds for all that ask whether a job was committed
 */
function describeAll(pattern: string, entries: boolean, check: number): string {
  const more = entries ? (pattern === jobIdGlob ? "open" : "entries") : "";
  return `${readShell}printf 'now\\t%s\\n' "$(date +%s)"
mclu_open jobs look || exit 0
mclu_check=${check}
${more === "open" ? "mclu_hold" : ":"}
set -- "$mclu_dir"/${pattern}
if [ -e "$1" ] || [ -L "$1" ]; then
(cd "$mclu_dir" && { mclu_ages ${pattern}${entries ? `; mclu_sizes ${pattern}` : ""}; })
for mclu_each in "$@"; do mclu_describe "$mclu_each" '${more}'; done
fi`;
}

/** A script about jobs as a question. What it said until something ended it is no answer: a job may be missing. */
export function jobQuery(script: string): Query<string> {
  return {
    // its last command may fail: nothing is there, or an earlier line says so
    steps: [{ run: ["sh", "-c", `${script}\nexit 0`] }],
    parse([answer]) {
      if (answer?.code !== 0)
        throw new UnexpectedOutput("the end of a script about jobs", `exit code ${answer?.code ?? "none"}`);
      return answer.texts[0] ?? "";
    },
  };
}

/** What a script prints of a file, after a line of its own: a file that begins as a refusal does is none. */
async function tell(node: Node, script: string, options?: AskOptions): Promise<string> {
  const answer = await node.ask(tellQuery(node, `${readShell}mclu_open jobs look || exit 0\necho\n${script}`), options);
  return answer.replace(/^\n/, "");
}

/** What a node says of its jobs, read as its answer: one that is none is the node's failure. */
function askJobs(node: Node, script: string, options?: AskOptions): Promise<JobDetails[]> {
  const { steps, parse } = tellQuery(node, script);
  return node.ask({ steps, parse: (answers) => parseJobs(parse(answers)) }, options);
}

function tellQuery(node: Node, script: string): Query<string> {
  const { steps, parse } = jobQuery(script);
  return {
    steps,
    parse(answers) {
      const answer = parse(answers);
      denyPlanted(node, answer);
      return answer;
    },
  };
}
