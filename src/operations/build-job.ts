import type { JobSpec, Stage } from "../node/jobs/job-script.ts";
import { commandLine, quote } from "../node/shell.ts";
import { type BuildCommand, buildCommands } from "../template/build-commands.ts";
import { deliver } from "../template/delivery.ts";
import type { Recipe } from "../template/recipe.ts";
import { packFiles } from "./build-files.ts";
import { definedCheck, type GuestJob, jobDirectory, lastStages, libguestfsSettings, partOf } from "./guest-stages.ts";
import type { LoginKey } from "./login-keys.ts";

/** One guest that is going to be built, as its job needs it. */
export interface BuildJob extends GuestJob {
  readonly recipe: Recipe;
  readonly keys: readonly LoginKey[];
  /** Final name of the disk, absolute. */
  readonly disk: string;
  readonly format: "qcow2" | "raw";
  /** Bytes; null: as large as the image is. */
  readonly size: number | null;
  /** For `virsh define`. */
  readonly definition: string;
}

/** The job of a build: fetched and customized under a name of its own, published, defined (the commit point), started. */
export async function buildJobSpec(job: BuildJob): Promise<JobSpec> {
  const directory = jobDirectory(job);
  const part = partOf(job.disk, job);
  const { commands, files } = deliver(job.recipe.steps, { directory: `${directory}/tmp/files`, hostname: job.name });
  const packed = await packFiles(files);
  const keys = job.keys.map(({ line }, index) => ({ name: `key-${index + 1}.pub`, source: { data: `${line}\n` } }));
  const inject = keys.map(({ name }) => `ssh-inject root:file:${directory}/files/${name}\n`);
  const fetched = fetchedTo(job);
  const build = buildCommands(job.recipe, {
    output: part,
    format: job.format,
    size: job.size,
    commandsFile: `${directory}/files/commands`,
    ...fetched,
  });
  const { name, recipe, client } = job;
  return {
    kind: "build",
    guest: name,
    template: recipe.name,
    client,
    stages: [
      {
        name: "prepare",
        script: `mclu_making ${quote(fetched.download)}; mclu_to=$TMPDIR/files; mkdir "$mclu_to"\n${packed.script}`,
      },
      ...build.map((command, index) => buildStage(command, part, index === 0, index === build.length - 1)),
      ...lastStages(job, [{ part, final: job.disk }]),
    ],
    check: definedCheck(job),
    files: [
      { name: "commands", source: { data: `${commands}${inject.join("")}` } },
      { name: "domain.xml", source: { data: job.definition } },
      ...keys,
      ...packed.files,
    ],
    watch: [job.pool.directory, "/var/tmp", ...keptIn(job)].map((path) => ({ path })),
    reservation: job.reservation,
  };
}

/** Where a cloud image goes that is fetched. */
export function fetchedTo({ id, isRoot, home }: Pick<GuestJob, "id" | "isRoot" | "home">) {
  const cache = isRoot ? "/var/cache/mclu/images" : `${home}/.cache/mclu/images`;
  // on the file system of the cache: an image that came whole is renamed into it, and a half one never is there
  return { cache, download: `${cache}/.mclu-${id}.part` };
}

/** Where the image is kept that was fetched: virt-builder's own cache, or ours. */
function keptIn({ recipe: { base }, isRoot, home }: BuildJob): string[] {
  if (base.kind === "virt-builder") return [home];
  return base.source.kind === "url" ? [isRoot ? "/var/cache" : home] : [];
}

function buildStage({ title, argv }: BuildCommand, part: string, first: boolean, last: boolean): Stage {
  const lines = [`echo ${quote(title)}`, commandLine(argv)];
  if (first) lines.unshift(libguestfsSettings, `mclu_making ${quote(part)}`);
  if (last) lines.push(`mclu_made ${quote(part)}`, "mclu_forget commands");
  return { name: argv[0] === "sh" ? (title.split(" ")[0] ?? "build") : "build", script: lines.join("\n") };
}
