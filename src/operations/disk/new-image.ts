import type { Cluster } from "../../cluster/cluster.ts";
import type { NewImage } from "../../libvirt/change.ts";
import { filesQuery } from "../../libvirt/files-query.ts";
import { type FoundPool, filePoolTypes, poolPlaceQuery } from "../../libvirt/pool-place.ts";
import { makeJobId } from "../../node/jobs/job-id.ts";
import { quote } from "../../node/shell.ts";
import { formatExactSize } from "../../size.ts";
import { askOfGuests } from "../ask-of-guests.ts";
import type { FoundGuest } from "../find-guest.ts";
import { type Decision, refusal } from "../plan.ts";

/** Where a new volume goes. */
export interface NewImagePlace extends NewImage {
  readonly pool: string;
}

export interface NewImageOptions {
  /** Bytes. */
  readonly size: number;
  readonly pool?: string | undefined;
  readonly format?: "qcow2" | "raw" | undefined;
  readonly force?: boolean | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Files of that name that may be there already: of disks that were detached and kept. */
const tries = 20;
/** Bytes of a file's name at most (NAME_MAX), less what the name before its publishing adds. */
const longestName = 255 - 40;

/** Finds for each guest a pool with room and a name that no file has: `web1-vdb.qcow2`, else `web1-vdb-2.qcow2`. */
export async function findNewImages(
  cluster: Cluster,
  wishes: readonly { readonly guest: FoundGuest; readonly target: string }[],
  options: NewImageOptions,
): Promise<(guest: FoundGuest) => NewImagePlace | Decision> {
  const { pool: wanted, format = "qcow2", signal } = options;
  const ask = { signal, patient: true };
  return askOfGuests(
    cluster,
    wishes.map(({ guest }) => guest),
    async (node, guests) => {
      const name = wanted ?? node.settings.pool;
      const pool = await node.ask(poolPlaceQuery(name), ask);
      const refused = refusePool(node.name, name, pool, options);
      if (refused || !pool?.path) return guests.map(() => refused ?? refusal(`pool ${name} has no directory`, null));
      const directory = pool.path;
      const paths = guests.map((guest) => namesFor(guest, wishes, format).map((file) => `${directory}/${file}`));
      const found = await node.ask(filesQuery(paths.flat()), ask);
      const taken = new Set(paths.flat().filter((_, index) => found[index] !== null));
      return guests.map((_, index) => placeFor(paths[index] ?? [], taken, { ...options, format, pool: name }));
    },
    signal,
  );
}

function placeFor(
  paths: readonly string[],
  taken: ReadonlySet<string>,
  { size, format, pool }: NewImageOptions & { readonly format: "qcow2" | "raw"; readonly pool: string },
): NewImagePlace | Decision {
  const path = paths.find((one) => !taken.has(one));
  if (path === undefined)
    return refusal(`${paths[0]} is there already, and ${tries - 1} more`, `mclu gc, or remove what nobody needs`);
  const file = path.slice(path.lastIndexOf("/") + 1);
  const part = `${path.slice(0, -file.length)}.${file}.mclu-${makeJobId()}.part`;
  return { path, part, format, size, pool };
}

function namesFor(
  guest: FoundGuest,
  wishes: readonly { readonly guest: FoundGuest; readonly target: string }[],
  format: string,
): readonly string[] {
  const target = wishes.find((wish) => wish.guest === guest)?.target ?? "";
  return Array.from({ length: tries }, (_, index) => {
    const end = `-${target}${index === 0 ? "" : `-${index + 1}`}.${format === "raw" ? "img" : format}`;
    let { name } = guest;
    while (Buffer.byteLength(name + end) > longestName) name = [...name].slice(0, -1).join("");
    return name + end;
  });
}

function refusePool(
  node: string,
  name: string,
  pool: FoundPool | null,
  { size, force }: NewImageOptions,
): Decision | undefined {
  if (pool === null) return refusal(`${node} has no storage pool ${name}`, `mclu virsh ${node} -- pool-list --all`);
  if (!filePoolTypes.includes(pool.type))
    return refusal(
      `pool ${name} is of type ${pool.type}: its volumes are no files`,
      `make one: mclu virsh ${node} -- vol-create-as ${quote(name)} NAME ${formatExactSize(size)}; then --source ${name}/NAME`,
    );
  if (!pool.active) return refusal(`pool ${name} is not active`, `mclu virsh ${node} -- pool-start ${quote(name)}`);
  const { available } = pool;
  if (force || available === null || available >= size) return undefined;
  return refusal(
    `pool ${name} has ${formatExactSize(Math.floor(available / 1024 ** 2) * 1024 ** 2)} free, and ${formatExactSize(size)} are wanted`,
    "a smaller one, another --pool, or --force where it will never be full",
  );
}
