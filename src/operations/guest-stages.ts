import type { Stage } from "../node/jobs/job-script.ts";
import { quote } from "../node/shell.ts";

/** What every job that makes a guest knows. */
export interface GuestJob {
  readonly id: string;
  readonly name: string;
  readonly uuid: string;
  /** libvirt's URI on the node. */
  readonly uri: string;
  readonly pool: { readonly name: string; readonly directory: string };
  readonly start: boolean;
  /** Home directory of the login that runs it. */
  readonly home: string;
  readonly isRoot: boolean;
  /** USER@HOST of whoever started it. */
  readonly client: string;
  readonly reservation: string;
}

/** Where the job's directory is: node/jobs puts it there. */
export function jobDirectory({ id, isRoot, home }: Pick<GuestJob, "id" | "isRoot" | "home">): string {
  return `${isRoot ? "/var/lib/mclu" : `${home}/.local/state/mclu`}/jobs/${id}`;
}

/** What a file is called until it is published, beside it: `.NAME.mclu-ID.part`. */
export function partOf(final: string, { id }: Pick<GuestJob, "id">): string {
  const at = final.lastIndexOf("/");
  return `${final.slice(0, at)}/.${final.slice(at + 1).replace(/\.[a-z0-9]+$/, "")}.mclu-${id}.part`;
}

/**
 * libguestfs: without the detour over libvirt, which would run its appliance as a user that cannot read our files; its
 * cache stays where others find it, and only what is this job's goes with the job.
 */
export const libguestfsSettings =
  "LIBGUESTFS_BACKEND=direct LIBGUESTFS_CACHEDIR=/var/tmp; export LIBGUESTFS_BACKEND LIBGUESTFS_CACHEDIR";

/** Publishes files, parts first named; defines the guest of `domain.xml`, which is the commit point; starts it. */
export function lastStages(
  job: GuestJob,
  files: readonly { readonly part: string; readonly final: string }[],
): Stage[] {
  const published = files.map(({ part, final }) => `mclu_publish ${quote(part)} ${quote(final)}`);
  return [
    { name: "publish", script: published.join("\n") },
    { name: "define", script: defineScript(job) },
    ...(job.start ? [{ name: "start", script: startScript(job) }] : []),
  ];
}

/** What `lastStages` runs for the job ID, as one would type it. */
export function lastCommands(
  { name, uri, start }: Pick<GuestJob, "name" | "uri" | "start">,
  finals: readonly string[],
): readonly (readonly string[])[] {
  return [
    ...finals.flatMap((path) => {
      const part = partOf(path, { id: "ID" });
      return [
        ["ln", "-T", "--", part, path],
        ["rm", "--", part],
      ];
    }),
    ["virsh", "-c", uri, "define", "--validate", "jobs/ID/files/domain.xml"],
    ...(start ? [["virsh", "-c", uri, "start", name]] : []),
  ];
}

/** Whether the guest is defined, as `JobSpec.check` wants it. */
export function definedCheck({ uri, uuid }: GuestJob): string {
  return `uuids=$(timeout 15 virsh -q -r -c ${quote(uri)} list --all --uuid) || exit 2
case $uuids in *${uuid}*) exit 0 ;; esac
exit 1
`;
}

/** Seconds for `virsh define`; a frozen libvirtd accepts connections, and answers none. */
const defineSeconds = 60;

/**
 * libvirt refuses a name that is there already, so that of two definitions exactly one wins. timeout(1) would have virsh
 * hear the signals again that the commit is not to be disturbed by.
 */
function defineScript({ uri, pool }: GuestJob): string {
  const virsh = `virsh -q -c ${quote(uri)}`;
  return `mclu_commit timeout -s KILL ${defineSeconds} sh -c 'trap "" TERM INT HUP; exec "$@"' sh ${virsh} define --validate "$MCLU_FILES/domain.xml" || {
mclu_code=$?
[ $mclu_code -ne 137 ] || mclu_fail define 'libvirt did not answer "virsh define" within ${defineSeconds} s'
exit $mclu_code
}
timeout 30 ${virsh} pool-refresh ${quote(pool.name)} || echo 'the pool could not be refreshed: nothing but its list of volumes is old'`;
}

/** The guest is whole by now, and stays if it cannot be started. virsh says last why. */
function startScript({ uri, uuid }: GuestJob): string {
  return `mclu_said=$(timeout 60 virsh -q -c ${quote(uri)} start ${uuid} 2>&1) || {
mclu_said=$(printf '%s\\n' "$mclu_said" | sed -n '$s/^error: //p')
mclu_fail start "it was made and defined, and could not be started\${mclu_said:+: $mclu_said}"
}`;
}
