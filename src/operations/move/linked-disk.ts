import type { DomainDetails } from "../../libvirt/domain-details.ts";
import type { DomainName } from "../../libvirt/domains.ts";
import { isActive } from "../../libvirt/domains.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { SourceDisk } from "../clone/source.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace, placeOf } from "../guest-place.ts";
import { type NamedDisk, namedDisksOf } from "../named-disks.ts";
import { askOverview } from "../overview.ts";
import type { FilePair } from "../same-files.ts";
import type { Obstacle } from "./move-plan.ts";
import { onesThatAreSame, type SamePair } from "./same-base.ts";

/** What a disk is based on where it goes, under another name than where it is. */
export interface Relink {
  readonly base: string;
  readonly format: string;
}

/** What becomes of a linked clone's disk. */
export interface JudgedBase {
  readonly obstacles: readonly Obstacle[];
  /** null: it finds its base there under the same name. */
  readonly relink: Relink | null;
  /** The guests there whose disk it is based on then. */
  readonly bases: readonly DomainName[];
  /** The files that it lies on, here and there. */
  readonly same: readonly SamePair[];
}

/**
 * Looks on the target for what a disk of a guest that is off is based on: the same files, or the copy of the image that it
 * was cloned from. Only the very same content will do. Rejects with NodeError.
 */
export async function judgeBase(
  guest: FoundGuest,
  next: DomainDetails,
  disk: SourceDisk,
  target: Node,
  signal: AbortSignal | undefined,
): Promise<JudgedBase> {
  const { target: name, backing, data, baseFormat } = disk;
  const [base = "", ...deeper] = backing;
  const refusal = (why: string, fix: string): JudgedBase => ({
    obstacles: [{ why, fix }],
    relink: null,
    bases: [],
    same: [],
  });
  const whole = `mclu start ${guestPlace(guest)}: a guest that runs moves with all of its disk`;
  if (data.length > 0) return refusal(`the content of the disk ${name} lies in ${data[0]}, too`, whole);
  const ask = { signal, patient: true };
  const there = (await namedDisksOf(target, ask)).disks;
  const same = await onesThatAreSame(guest.node, target, backing.map(inItsPlace), signal);
  if (same.length === backing.length) return { ...(await based(target, base, there, null, signal)), same };
  const here = (await namedDisksOf(guest.node, ask)).disks;
  const image = here.find(({ path, uuid }) => path === base && uuid !== guest.uuid);
  if (!image || deeper.length > 0)
    return refusal(`the disk ${name} is based on ${base}, which the target has not`, whole);
  const copies = there.filter((one) => one.name === image.name);
  const pairs = copies.map(({ path }) => ({ here: base, there: path }));
  const [copy] = await onesThatAreSame(guest.node, target, pairs, signal);
  if (!copy)
    return refusal(
      copies.length === 0
        ? `the disk ${name} is based on ${base}, which the target has not`
        : `the disk ${name} is based on ${base}, and what ${target.name}/${image.name} has is another`,
      copies.length === 0 ? `${copyCommands(guest, image, target)}; then the move again` : whole,
    );
  if (next.disks.some((one) => one.target === name && (one.backing?.length ?? 0) > 0))
    return refusal(
      `the disk ${name} would be based on ${copy.there}, and its XML names ${base}`,
      `mclu edit ${guestPlace(guest)}: take <backingStore> out`,
    );
  const relink = { base: copy.there, format: baseFormat ?? image.format };
  return { ...(await based(target, copy.there, there, relink, signal)), same: [copy] };
}

function inItsPlace(path: string): FilePair {
  return { here: path, there: path };
}

function copyCommands({ node }: FoundGuest, image: NamedDisk, target: Node): string {
  const place = placeOf({ node: node.name, name: image.name });
  const mark = image.isImage ? "" : `mclu image mark ${place}; `;
  return `${mark}mclu image copy ${place} ${quote(target.name)}`;
}

/** A base that a guest of the target writes while it runs is none. */
async function based(
  target: Node,
  base: string,
  there: readonly NamedDisk[],
  relink: Relink | null,
  signal: AbortSignal | undefined,
): Promise<Omit<JudgedBase, "same">> {
  const bases = there.filter(({ path }) => path === base).map(({ uuid, name }) => ({ uuid, name }));
  const { domains } = await askOverview(target, { signal, patient: true });
  const running = domains.find(
    ({ uuid, state }) => bases.some((one) => one.uuid === uuid) && (state === null || isActive(state)),
  );
  if (!running) return { obstacles: [], relink, bases };
  const place = placeOf({ node: target.name, name: running.name });
  const why = `${place} runs, and writes ${base}, which the guest would be based on`;
  return { obstacles: [{ why, fix: `mclu stop ${place}` }], relink, bases };
}
