import { parseDomain } from "../../libvirt/domain-xml.ts";
import { understood } from "../../libvirt/query.ts";
import type { JobRecord } from "../../node/jobs/job-record.ts";
import { listJobs, readJobFile } from "../../node/jobs/read.ts";
import type { Node } from "../../node/node.ts";
import { refused } from "../build-refusals.ts";
import { sourceLabel } from "./copy-job.ts";
import type { CopyPlan } from "./copy-plan.ts";

/** A copy of an image that has begun, and waits for a client or goes on by itself. */
export interface BegunCopy {
  /** Of its job. */
  readonly id: string;
  /** Of the guest that it makes; null: its definition is not there to be read. */
  readonly uuid: string | null;
}

/**
 * The copy of this very image that a node is at; a copy of another node's image of that name is nobody's to go on with here.
 * Throws UserError (exit 6) where the image has other disks by now than the copy will have; rejects with NodeError.
 * @param xml the definition that a copy would get now
 */
export async function begunCopy(
  node: Node,
  image: CopyPlan["image"],
  xml: string,
  signal: AbortSignal | undefined,
): Promise<BegunCopy | null> {
  const ask = signal && { signal };
  const label = sourceLabel(image);
  const isIt = ({ kind, guest, template, state }: JobRecord) =>
    kind === "copy" && guest === image.name && template === label && state === "running";
  const job = (await listJobs(node, ask)).find(isIt);
  if (!job) return null;
  const { id } = job;
  const begun = await readJobFile(node, id, "domain.xml", ask);
  if (begun === "") return { id, uuid: null };
  if (understood(() => disksOf(begun)) !== disksOf(xml))
    throw refused(
      `the disks of ${label} are not those any more that the copy ${id} on ${node.name} began with`,
      `mclu jobs cancel ${id}, and copy it again`,
    );
  return { id, uuid: /<uuid>([0-9a-f-]{36})<\/uuid>/.exec(begun)?.[1] ?? null };
}

function disksOf(xml: string): string {
  const { disks, nvram } = parseDomain(xml);
  return JSON.stringify([nvram, disks.map(({ target, source, format }) => [target, source, format])]);
}
