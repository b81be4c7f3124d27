import { exitCodes, UserError } from "../../errors.ts";
import { failed } from "../failure.ts";
import type { Node } from "../node.ts";
import { quote } from "../shell.ts";
import { makeJobId } from "./job-id.ts";
import { type JobSpec, jobFiles } from "./job-script.ts";
import { jobShell } from "./job-shell.ts";
import { refusePlanted } from "./planted.ts";
import { supervisorShell } from "./supervisor-shell.ts";
import { type Measured, measure, type UploadItem, uploadStream } from "./upload.ts";

export interface StartOptions {
  /** Default: a new one. Whoever names files after the job makes it beforehand. */
  readonly id?: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Uploads a job and starts it, in one command on the node: it runs when this resolves, with its ID, and goes on whatever
 * becomes of us. A connection that is lost before leaves a directory without a `started` mark, which `gc` removes.
 * Rejects with NodeError; throws UserError (exit 6) where the place of the jobs is not ours alone, (exit 2) for a local
 * file that cannot be read, (exit 130) when it was interrupted.
 */
export async function startJob(node: Node, spec: JobSpec, options: StartOptions = {}): Promise<string> {
  const { id = makeJobId(), signal } = options;
  const items: UploadItem[] = [
    { name: "run", source: { data: supervisorShell } },
    ...[...jobFiles(id, spec)].map(([name, data]) => ({ name, source: { data } })),
    ...(spec.files ?? []).map(({ name, source }) => ({ name: `files/${fileName(name)}`, source })),
  ];
  const measured = await measure(items);
  const said = { stdout: "", stderr: "" };
  const end = await node.stream(
    { shell: startShell(id, measured) },
    {
      stdin: uploadStream(items, measured),
      signal,
      onStdout: (chunk) => {
        said.stdout += chunk.toString("utf8");
      },
      onStderr: (chunk) => {
        said.stderr += chunk.toString("utf8");
      },
    },
  );
  if (end.kind === "interrupted")
    throw new UserError(`the job ${id} was not started`, { exitCode: exitCodes.interrupted });
  refusePlanted(node, said.stdout);
  const [, word, what = ""] = /^(started|failed|corrupt)(?:\t(.*))?$/m.exec(said.stdout) ?? [];
  if (word === "started") return id;
  if (word === "corrupt")
    throw new UserError(
      `${what.replace("files/", "")} changed while it was sent to ${node.name}: nothing was started`,
      {
        hint: "try again",
      },
    );
  const why = said.stderr.trim().split("\n").at(-1) || what || "the shell said nothing";
  throw failed("denied", `the job could not be started: ${why}`, `mclu exec ${node.name} -- df -h /var/lib /tmp`);
}

function fileName(name: string): string {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._-]*$/.test(name)) throw new Error(`not a plain file name: ${name}`);
  return name;
}

function startShell(id: string, items: readonly Measured[]): string {
  const total = items.reduce((sum, { size }) => sum + size, 0);
  let offset = 1;
  const takes = items.map(({ name, size, sha256 }) => {
    const line = `take ${quote(name)} ${offset} ${size} ${sha256}`;
    offset += size;
    return line;
  });
  // each piece that arrives makes the directory young again: what has stood still for long is a client that is gone
  return `${jobShell}LC_ALL=C
mclu_open jobs make
new=$mclu_dir/${id}
give_up() { rm -rf "$new"; printf '%s\\t%s\\n' "$1" "$2"; exit 0; }
mkdir -m 700 "$new" || { printf 'failed\\t%s\\n' "$new cannot be made"; exit 0; }
cd "$new" && mkdir files || give_up failed 'it cannot be entered'
: >blob
while head -c 1048576 >piece && [ -s piece ]; do cat piece >>blob && touch . || give_up failed 'there is no room for it'; done
rm piece
[ "$(stat -c %s blob)" = ${total} ] || give_up failed 'not all of it arrived'
take() {
tail -c +"$2" blob | head -c "$3" >"$1" || give_up failed "$1 cannot be written"
[ "$(sha256sum <"$1")" = "$4  -" ] || give_up corrupt "$1"
}
${takes.join("\n")}
rm blob
date +%s >started
MCLU_JOB=$new setsid nice -n 5 sh "$new/run" "$new" </dev/null >/dev/null 2>&1 &
count=0
until [ -e process ]; do
count=$((count + 1)); [ $count -le 200 ] || { printf 'failed\\tit does not begin\\n'; exit 0; }
sleep 0.05
done
echo started`;
}
