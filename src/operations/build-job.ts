import type { JobSpec, Stage } from "../node/jobs/job-script.ts";
import { commandLine, quote } from "../node/shell.ts";
import { type BuildCommand, buildCommands } from "../template/build-commands.ts";
import { deliver } from "../template/delivery.ts";
import type { Recipe } from "../template/recipe.ts";
import { packFiles } from "./build-files.ts";
import type { LoginKey } from "./login-keys.ts";

/** One guest that is going to be built, as its job needs it. */
export interface BuildJob {
  readonly id: string;
  readonly name: string;
  readonly uuid: string;
  readonly recipe: Recipe;
  readonly keys: readonly LoginKey[];
  /** libvirt's URI on the node. */
  readonly uri: string;
  readonly pool: { readonly name: string; readonly directory: string };
  /** Final name of the disk, absolute. */
  readonly disk: string;
  readonly format: "qcow2" | "raw";
  /** Bytes; null: as large as the image is. */
  readonly size: number | null;
  /** For `virsh define`. */
  readonly definition: string;
  readonly start: boolean;
  /** Home directory of the login that builds. */
  readonly home: string;
  readonly isRoot: boolean;
  /** USER@HOST of whoever builds. */
  readonly client: string;
  readonly reservation: string;
}

/** The job of a build: fetched and customized under a name of its own, published, defined (the commit point), started. */
export async function buildJobSpec(job: BuildJob): Promise<JobSpec> {
  const directory = jobDirectory(job);
  const part = partOf(job);
  const { commands, files } = deliver(job.recipe.steps, { directory: `${directory}/tmp/files`, hostname: job.name });
  const packed = await packFiles(files);
  const keys = job.keys.map(({ line }, index) => ({ name: `key-${index + 1}.pub`, source: { data: `${line}\n` } }));
  const inject = keys.map(({ name }) => `ssh-inject root:file:${directory}/files/${name}\n`);
  const cache = job.isRoot ? "/var/cache/mclu/images" : `${job.home}/.cache/mclu/images`;
  // on the file system of the cache: an image that came whole is renamed into it, and a half one never is there
  const download = `${cache}/.mclu-${job.id}.part`;
  const build = buildCommands(job.recipe, {
    output: part,
    format: job.format,
    size: job.size,
    commandsFile: `${directory}/files/commands`,
    cache,
    download,
  });
  const { name, recipe, client, uri, uuid } = job;
  return {
    kind: "build",
    guest: name,
    template: recipe.name,
    client,
    stages: [
      {
        name: "prepare",
        script: `mclu_making ${quote(download)}; mclu_to=$TMPDIR/files; mkdir "$mclu_to"\n${packed.script}`,
      },
      ...build.map((command, index) => buildStage(command, part, index === 0, index === build.length - 1)),
      { name: "publish", script: `mclu_publish ${quote(part)} ${quote(job.disk)}` },
      { name: "define", script: defineScript(job) },
      ...(job.start ? [{ name: "start", script: startScript(job) }] : []),
    ],
    check: `uuids=$(timeout 15 virsh -q -r -c ${quote(uri)} list --all --uuid) || exit 2
case $uuids in *${uuid}*) exit 0 ;; esac
exit 1
`,
    files: [
      { name: "commands", source: { data: `${commands}${inject.join("")}` } },
      { name: "domain.xml", source: { data: job.definition } },
      ...keys,
      ...packed.files,
    ],
    watch: [{ path: job.pool.directory }, { path: "/var/tmp" }],
    reservation: job.reservation,
  };
}

/** Where the job's directory is: node/jobs puts it there. */
function jobDirectory({ id, isRoot, home }: BuildJob): string {
  return `${isRoot ? "/var/lib/mclu" : `${home}/.local/state/mclu`}/jobs/${id}`;
}

/** `.NAME.mclu-ID.part`, beside the disk that it becomes. */
function partOf({ pool, name, id }: BuildJob): string {
  return `${pool.directory}/.${name}.mclu-${id}.part`;
}

function buildStage({ title, argv }: BuildCommand, part: string, first: boolean, last: boolean): Stage {
  // libguestfs: without the detour over libvirt, which would run its appliance as a user that cannot read our files;
  // its cache stays where other builds find it, and only what is this build's goes with the job
  const settings =
    "LIBGUESTFS_BACKEND=direct LIBGUESTFS_CACHEDIR=/var/tmp; export LIBGUESTFS_BACKEND LIBGUESTFS_CACHEDIR";
  const lines = [`echo ${quote(title)}`, commandLine(argv)];
  if (first) lines.unshift(settings, `mclu_making ${quote(part)}`);
  if (last) lines.push(`mclu_made ${quote(part)}`, "mclu_forget commands");
  return { name: argv[0] === "sh" ? (title.split(" ")[0] ?? "build") : "build", script: lines.join("\n") };
}

/** libvirt refuses a name that is there already, so that of two definitions exactly one wins. */
function defineScript({ uri, pool }: BuildJob): string {
  const virsh = `virsh -q -c ${quote(uri)}`;
  return `mclu_commit ${virsh} define --validate "$MCLU_FILES/domain.xml"
timeout 30 ${virsh} pool-refresh ${quote(pool.name)} || echo 'the pool could not be refreshed: nothing but its list of volumes is old'`;
}

/** The guest is whole by now, and stays if it cannot be started. */
function startScript({ uri, uuid }: BuildJob): string {
  return `timeout 60 virsh -q -c ${quote(uri)} start ${uuid} || mclu_fail start "it was built and defined, and could not be started"`;
}
