import { stageShell } from "./stage-shell.ts";

export interface Stage {
  /** One line. */
  readonly name: string;
  /** For `sh`, after the functions of `stageShell`; variables last from stage to stage. */
  readonly script: string;
}

/** What a job is about, for whoever lists jobs. */
export interface JobLabel {
  /** `build`, `clone`. */
  readonly kind: string;
  readonly guest: string | null;
  readonly template: string | null;
  /** USER@HOST of whoever started it. */
  readonly client: string;
}

/** A local file, or text, that travels to the node: there it is `$MCLU_FILES/NAME`. */
export interface JobFile {
  /** Letters, digits, `._-`; not a path. */
  readonly name: string;
  readonly source: { readonly path: string } | { readonly data: string | Uint8Array };
}

export interface JobSpec extends JobLabel {
  readonly stages: readonly Stage[];
  /** Exits with 0 where the commit has happened, 1 where not; asked only where that is in doubt. */
  readonly check?: string | undefined;
  /** Runs before what the manifest names is removed, also later and elsewhere: it must bear to run twice. */
  readonly rollback?: string | undefined;
  readonly files?: readonly JobFile[] | undefined;
  /** Whose file systems must not run full: paths on the node, and the free bytes below which the job ends itself. */
  readonly watch?: readonly { readonly path: string; readonly floor?: number }[] | undefined;
  /** Key of a reservation that ends with the job. */
  readonly reservation?: string | undefined;
}

/** Bytes. Detection of a full disk, not a reserve: the least that any program writes at once. */
const usualFloor = 4 * 1024 * 1024;

/** The stages as one script; having come to its end is a commit, where no stage made one. */
export function stagesToScript(stages: readonly Stage[]): string {
  const body = stages.map(({ name, script }) => `mclu_stage '${oneWord(name)}'\n${script}\n`);
  return `${stageShell}MCLU_FILES=$MCLU_JOB/files\n${body.join("")}[ -e "$MCLU_JOB/committed" ] || : >"$MCLU_JOB/committed"\n`;
}

/** The small files that a job directory begins with, by name. */
export function jobFiles(id: string, spec: JobSpec): ReadonlyMap<string, string> {
  const { kind, guest, template, client } = spec;
  const files = new Map([
    ["spec", `${JSON.stringify({ id, kind, guest, template, client } satisfies JobLabel & { id: string })}\n`],
    ["script", stagesToScript(spec.stages)],
    ["watch", watchLines(spec.watch ?? [])],
  ]);
  if (spec.check !== undefined) files.set("check", spec.check);
  if (spec.rollback !== undefined) files.set("rollback", spec.rollback);
  if (spec.reservation !== undefined) files.set("reservation", `${spec.reservation}\n`);
  return files;
}

/** The job's own directory is watched in any case: `.`. */
function watchLines(paths: NonNullable<JobSpec["watch"]>): string {
  const all: NonNullable<JobSpec["watch"]> = [...paths, { path: "." }];
  return all.map(({ path, floor = usualFloor }) => `${Math.ceil(floor / 1024)} ${path}\n`).join("");
}

function oneWord(name: string): string {
  if (!/^[A-Za-z0-9 ._-]+$/.test(name)) throw new Error(`not a name of a stage: ${name}`);
  return name;
}
