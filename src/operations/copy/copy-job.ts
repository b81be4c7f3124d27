import { copyDefinition } from "../../libvirt/clone-definition.ts";
import type { BuildRecord } from "../../libvirt/domain-definition.ts";
import type { JobSpec } from "../../node/jobs/job-script.ts";
import type { Source } from "../clone/source.ts";
import { definedCheck, type GuestJob, lastStages, partOf } from "../guest-stages.ts";
import { imageMark } from "../image-mark.ts";
import type { CopyPlan } from "./copy-plan.ts";
import { receiveStage, type Way } from "./transfer-shell.ts";

/** An image that is going to be copied, as its job needs it. */
export interface CopyJob extends GuestJob {
  readonly plan: CopyPlan;
  readonly source: Source;
  readonly way: Way;
  readonly built: BuildRecord;
}

/** The definition that a copy gets. */
export function definitionOfCopy({
  name,
  uuid,
  plan,
  source,
  built,
}: Pick<CopyJob, "name" | "uuid" | "source" | "built"> & { readonly plan: Pick<CopyPlan, "files"> }): string {
  const paths = new Map(plan.files.map(({ what, path }) => [what, path]));
  const disks = source.disks.flatMap(({ target, format }): [string, { path: string; format: string }][] => {
    const path = paths.get(target);
    return path === undefined ? [] : [[target, { path, format }]];
  });
  const { key, namespace } = imageMark;
  return copyDefinition(source.xml, {
    ...{ name, uuid, built, nvram: paths.get("nvram") ?? null, elsewhere: true },
    disks: new Map(disks),
    marks: [`<${key}:image xmlns:${key}="${namespace}"/>`],
  });
}

/** How the job of a copy names what it copies. */
export function sourceLabel({ node, name }: Pick<CopyPlan["image"], "node" | "name">): string {
  return `${node}/${name}`;
}

/** The job of a copy, on the node that the image goes to: received, compared, published, defined (the commit point). */
export function copyJobSpec(job: CopyJob): JobSpec {
  const { name, plan, way, client } = job;
  const parts = plan.files.map(({ path }) => ({ part: partOf(path, job), final: path }));
  return {
    kind: "copy",
    guest: name,
    template: sourceLabel(plan.image),
    client,
    stages: [
      { name: "prepare", script: "LC_ALL=C; export LC_ALL" },
      ...plan.files.map((file, index) => ({
        name: `receive ${file.what}`,
        script: receiveStage(file, parts[index]?.part ?? "", way),
      })),
      ...lastStages(job, parts),
    ],
    check: definedCheck(job),
    files: [{ name: "domain.xml", source: { data: definitionOfCopy(job) } }],
    watch: [{ path: job.pool.directory }],
    reservation: job.reservation,
  };
}
