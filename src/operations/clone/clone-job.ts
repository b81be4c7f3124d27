import { copyDefinition } from "../../libvirt/clone-definition.ts";
import type { BuildRecord } from "../../libvirt/domain-definition.ts";
import type { JobSpec, Stage } from "../../node/jobs/job-script.ts";
import { commandLine, quote } from "../../node/shell.ts";
import { definedCheck, type GuestJob, jobDirectory, lastStages, libguestfsSettings, partOf } from "../guest-stages.ts";
import { compareFile, rememberFile } from "../move/last-check.ts";
import { markScript, unmarkScript } from "./base-shell.ts";
import { cloneCommands } from "./clone-commands.ts";
import type { CloneDisk, CloneTarget } from "./clone-plan.ts";
import { identityScript } from "./identity-shell.ts";
import { ownNvram } from "./prepare-clone.ts";
import type { Source } from "./source.ts";
import { sourceCheck } from "./source-check.ts";

/** One guest that is going to be cloned, as its job needs it. */
export interface CloneJob extends GuestJob {
  readonly target: CloneTarget;
  readonly source: Source;
  readonly built: BuildRecord;
}

/** The job of a clone: copied and made its own under names of its own, published, defined (the commit point), started. */
export function cloneJobSpec(job: CloneJob): JobSpec {
  const { name, target, source, client } = job;
  const { disks, nvram, image } = target;
  const commands = cloneCommands(target, {
    id: job.id,
    uri: job.uri,
    partOf: (path) => partOf(path, job),
    script: `${jobDirectory(job)}/files/identity`,
  });
  // another clone that failed meanwhile may have taken the mark away
  const markAgain = commands.base.map((argv) => `mclu_base_locked timeout 30 ${commandLine(argv)}\n`).join("");
  const files = [...disks, ...(nvram ? [nvram] : [])].map(({ path }) => ({ part: partOf(path, job), final: path }));
  const copies = disks.map((disk, index) => copyStage(disk, partOf(disk.path, job), commands.disks[index] ?? []));
  const known = [
    ...disks.map(({ target: at, source: path }) => ({ target: at, path })),
    ...(nvram ? [{ target: "nvram", path: nvram.source }] : []),
  ];
  const unchanged = known.map((file, index) => compareFile(file, index, "while it was copied")).join("\n");
  const definition = copyDefinition(source.xml, {
    name,
    uuid: job.uuid,
    disks: new Map(disks.map(({ target: at, path, format }) => [at, { path, format }])),
    // where the source has no such file yet, libvirt makes it when the clone first starts
    nvram: source.details.nvram === null ? null : ownNvram(source.details.nvram, name),
    built: job.built,
  });
  return {
    kind: "clone",
    guest: name,
    template: image.name,
    client,
    stages: [
      {
        name: "prepare",
        script: `LC_ALL=C; export LC_ALL\n${sourceCheck(job.uri, image)}\nmclu_source\n${known.map(rememberFile).join("\n")}`,
      },
      ...commands.base.map((argv): Stage => ({ name: "mark the base", script: markScript(job, argv) })),
      ...copies,
      ...(nvram ? [nvramStage(nvram, partOf(nvram.path, job), commands.nvram)] : []),
      ...(commands.identity.length > 0 ? [identityStage(commands.identity)] : []),
      ...lastStages(job, files).map((stage) =>
        // whoever started the source meanwhile has changed what was copied, though it rests again
        stage.name === "publish"
          ? { ...stage, script: `mclu_source\n${unchanged}\n${markAgain}${stage.script}` }
          : stage,
      ),
    ],
    check: definedCheck(job),
    ...(commands.base.length > 0 && { rollback: unmarkScript(job) }),
    files: [
      { name: "identity", source: { data: identityScript(name) } },
      { name: "domain.xml", source: { data: definition } },
    ],
    watch: [{ path: job.pool.directory }, { path: "/var/tmp" }],
    reservation: job.reservation,
  };
}

function copyStage({ target, linked }: CloneDisk, part: string, argv: readonly string[]): Stage {
  return {
    name: `${linked ? "link" : "copy"} ${target}`,
    script: `mclu_making ${quote(part)}
${commandLine(argv)} 2>"$TMPDIR/said" || ${failSaying("copy", `${target} could not be copied`)}
mclu_made ${quote(part)}`,
  };
}

function nvramStage({ source }: { readonly source: string }, part: string, argv: readonly string[]): Stage {
  return {
    name: "copy nvram",
    script: `mclu_making ${quote(part)}
${commandLine(argv)} 2>"$TMPDIR/said" || ${failSaying("copy", `${source} could not be copied`)}
mclu_made ${quote(part)}`,
  };
}

function identityStage(argv: readonly string[]): Stage {
  const what = "it could not be given a name and keys of its own (mclu clone --as-is copies it without)";
  return {
    name: "identity",
    script: `${libguestfsSettings}
${commandLine(argv)} 2>"$TMPDIR/said" || ${failSaying("identity", what)}
cat "$TMPDIR/said"`,
  };
}

/** With what the program said was wrong. */
function failSaying(word: string, what: string): string {
  return `{ cat "$TMPDIR/said"; mclu_fail ${word} ${quote(`${what}: `)}"$(grep -m 1 error "$TMPDIR/said" || tail -n 1 "$TMPDIR/said")"; }`;
}
