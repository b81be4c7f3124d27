import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import { type Image, parseImageChain } from "../../libvirt/block.ts";
import { fileKindsQuery, isImageKind, kindSeconds } from "../../libvirt/file-kinds.ts";
import { type FileFacts, filesQuery } from "../../libvirt/files-query.ts";
import { type FoundPool, poolPlaceQuery } from "../../libvirt/pool-place.ts";
import { type VolumeQuestion, volumesQuery } from "../../libvirt/pools-query.ts";
import { combine, type Query, UnexpectedOutput } from "../../libvirt/query.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { askOfGuests } from "../ask-of-guests.ts";
import type { FoundGuest } from "../find-guest.ts";
import { type Decision, refusal } from "../plan.ts";

/** An image that is there already, as a node has it. */
export interface Source {
  readonly path: string;
  readonly file: FileFacts;
  /** What it is, or what a symbolic link leads to, in stat's words; null: nowhere, or where this login may not look. */
  readonly kind: string | null;
  /** What qemu-img takes it for; null: it cannot read it. */
  readonly image: Image | null;
}

/** Reads `/PATH` or `POOL/VOLUME`. Throws UserError (exit 2). */
export function parseSource(text: string): VolumeQuestion {
  if (text.startsWith("/") && !/[\n\0]/.test(text)) return { path: text };
  const [, pool = "", name = ""] = /^([^/\n\0]+)\/([^/\n\0]+)$/.exec(text) ?? [];
  if (name !== "") return { pool, name };
  throw new UserError(`not an image: ${text}`, {
    hint: "an absolute path on the guest's node, or POOL/VOLUME",
    exitCode: exitCodes.usage,
  });
}

/** Finds an image on the node of each guest. Gives what was found, or why nothing may be done. */
export async function findSources(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  question: VolumeQuestion,
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => Source | Decision> {
  return askOfGuests(
    cluster,
    guests,
    async (node, own) => {
      const source = await findSource(node, question, signal);
      return own.map(() => source);
    },
    signal,
  );
}

async function findSource(
  node: Node,
  question: VolumeQuestion,
  signal: AbortSignal | undefined,
): Promise<Source | Decision> {
  const ask = { signal, patient: true };
  const path = "path" in question ? question.path : (await node.ask(volumesQuery([question]), ask))[0]?.path;
  if (path === undefined) {
    const { pool, name } = question as Extract<VolumeQuestion, { pool: string }>;
    return refuseVolume(node, pool, name, await node.ask(poolPlaceQuery(pool), ask));
  }
  const seconds = Math.max(kindSeconds, node.settings.readTimeout);
  const [[file], [kind = null]] = await node.ask(combine(filesQuery([path]), fileKindsQuery([path])), {
    ...ask,
    seconds,
  });
  if (!file) return refusal(`there is no ${path} on ${node.name}`, `mclu exec ${node.name} -- ls -l ${quote(path)}`);
  return { path, file, kind, image: isImageKind(kind) ? await node.ask(imageQuery(path), ask) : null };
}

/** For a volume that libvirt does not find: of a pool that is not active it lists none. */
function refuseVolume({ name: node }: Node, pool: string, volume: string, found: FoundPool | null): Decision {
  const virsh = `mclu virsh ${quote(node)} --`;
  if (found === null) return refusal(`${node} has no storage pool ${pool}`, `${virsh} pool-list --all`);
  if (!found.active) return refusal(`pool ${pool} is not active`, `${virsh} pool-start ${quote(pool)}`);
  return refusal(
    `pool ${pool} of ${node} has no volume ${volume}`,
    `${virsh} vol-list ${quote(pool)}; if it came there lately: ${virsh} pool-refresh ${quote(pool)}`,
  );
}

/** For what no guest can have as a disk or a medium: qemu opens it, and a pipe holds whoever does that for ever. */
export function refuseOddKind({ path, file, kind }: Source, wanted: string): Decision | undefined {
  if (isImageKind(kind)) return undefined;
  if (kind === null)
    return refusal(`${path} is a ${file.kind} that leads nowhere, or where this login may not look`, wanted);
  if (kind === "no answer") return refusal(`the file system of ${path} does not answer`, wanted);
  return refusal(`${path} is no image but a ${kind}`, wanted);
}

/** An image of a node, null where it is none. -U: who runs holds the image's lock. */
export function imageQuery(path: string): Query<Image | null> {
  return {
    steps: [{ run: ["qemu-img", "info", "-U", "--output=json", "--", path], cap: 8 }],
    parse([answer]) {
      try {
        return parseImageChain(`[${answer?.texts[0] ?? ""}]`)[0] ?? null;
      } catch (error) {
        if (error instanceof UnexpectedOutput) return null;
        throw error;
      }
    },
  };
}
