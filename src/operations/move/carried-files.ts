import { posix } from "node:path";
import { elementTexts } from "../../libvirt/element-texts.ts";
import { type OwnedFile, ownedFilesQuery, ownersQuery } from "../../libvirt/owned-files-query.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import type { FoundGuest } from "../find-guest.ts";
import { guestPlace } from "../guest-place.ts";
import type { Obstacle } from "./move-plan.ts";
import { sharingOf } from "./shared-files.ts";

/** Whose a file is, by the numbers of the target. */
export interface Rights {
  /** As chmod takes it. */
  readonly mode: string;
  readonly owner: number;
  readonly group: number;
}

/** A file of a guest that is off, no disk, which is copied to the same place. */
export interface CarriedFile {
  /** `nvram`, or a name of the TPM's emulator. */
  readonly label: string;
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  readonly rights: Rights;
}

/** A directory on the target that files are copied into. */
export interface CarriedPlace {
  readonly directory: string;
  /** Made, where it is not there; `rights` null: with libvirt's own. */
  readonly made: boolean;
  readonly rights: Rights | null;
}

/** What a guest that is off takes along beside its disks. */
export interface Carried {
  readonly files: readonly CarriedFile[];
  /** Above what is below. */
  readonly places: readonly CarriedPlace[];
  /** The directory of the state of its TPM; null: none goes. */
  readonly tpm: string | null;
}

export const nothingCarried: Carried = { files: [], places: [], tpm: null };

/** Where libvirt of a system keeps the states of TPMs, each in a directory of the guest's UUID. */
const statesDirectory = "/var/lib/libvirt/swtpm";

/**
 * What of a guest that is off has to be copied beside its disks: its UEFI variables, and the state of its TPM. Rejects with
 * NodeError.
 * @param nvram where the variables are, and come to; null: none are copied
 */
export async function judgeCarried(
  guest: FoundGuest,
  { nvram, hasTpm, xml }: { readonly nvram: string | null; readonly hasTpm: boolean; readonly xml: string },
  target: Node,
  signal: AbortSignal | undefined,
): Promise<Carried & { readonly obstacles: readonly Obstacle[] }> {
  const tpm = hasTpm ? `${statesDirectory}/${guest.uuid}` : null;
  const roots = [nvram, tpm].filter((path) => path !== null);
  const ask = { signal, patient: true };
  const found = roots.length === 0 ? [] : await guest.node.ask(ownedFilesQuery(roots), ask);
  // what is empty is a lock, or holds nothing
  const all = found.filter(({ kind, size }) => kind !== "file" || size > 0);
  if (all.length === 0) return { ...nothingCarried, obstacles: [] };
  const names = (key: "user" | "group") => [...new Set(all.map((one) => one[key]))];
  const { users, groups } = await target.ask(ownersQuery(names("user"), names("group")), ask);
  const rightsOf = ({ mode, user, group }: OwnedFile): Rights => ({
    ...{ mode, owner: users.get(user) ?? Number(user), group: groups.get(group) ?? Number(group) },
  });
  const inTpm = all.filter(({ path }) => tpm !== null && (path === tpm || path.startsWith(`${tpm}/`)));
  const own = all.filter((file) => !inTpm.includes(file));
  const obstacles = [
    ...oddFiles(guest, [...own.filter(({ kind }) => kind !== "file"), ...inTpm.filter(isOdd)]),
    ...strangers(guest.node.name, target.name, all, rightsOf),
    ...(tpm === null || inTpm.length === 0 ? [] : await tpmObstacles(guest, target, tpm, xml, signal)),
  ];
  const files = all
    .filter(({ kind }) => kind === "file")
    .map((file) => ({
      label: file.path === nvram ? "nvram" : posix.basename(file.path),
      ...{ path: file.path, size: file.size, rights: rightsOf(file) },
    }));
  const states = inTpm.filter(({ kind }) => kind === "directory");
  return {
    files,
    places: [
      ...(own.length === 0 || nvram === null ? [] : [{ directory: posix.dirname(nvram), made: false, rights: null }]),
      ...(states.length === 0 ? [] : [{ directory: statesDirectory, made: true, rights: null }]),
      ...states.map((one) => ({ directory: one.path, made: true, rights: rightsOf(one) })),
    ],
    tpm: inTpm.length === 0 ? null : tpm,
    obstacles,
  };
}

function isOdd({ kind, path }: OwnedFile): boolean {
  return kind === "other" || !/^[\w.-]+$/.test(posix.basename(path));
}

function whileItRuns(guest: FoundGuest): string {
  return `mclu start ${guestPlace(guest)}, and move it while it runs`;
}

function oddFiles(guest: FoundGuest, files: readonly OwnedFile[]): Obstacle[] {
  return files
    .slice(0, 1)
    .map(({ path }) => ({ why: `${path} of the guest is no file that can be copied`, fix: whileItRuns(guest) }));
}

/** Users and groups that the target does not have. */
function strangers(
  source: string,
  target: string,
  files: readonly OwnedFile[],
  rightsOf: (file: OwnedFile) => Rights,
): Obstacle[] {
  const strange = files.find((file) => Number.isNaN(rightsOf(file).owner + rightsOf(file).group));
  if (!strange) return [];
  const { user, group, path } = strange;
  return [
    {
      why: `it has not the user ${user} and the group ${group}, whose ${path} is`,
      fix: `on ${target}: install the package that makes them on ${source}: swtpm for the state of a TPM, libvirt for UEFI variables`,
    },
  ];
}

async function tpmObstacles(
  guest: FoundGuest,
  target: Node,
  directory: string,
  xml: string,
  signal: AbortSignal | undefined,
): Promise<Obstacle[]> {
  if (elementTexts(xml, "tpm").some((tpm) => /<source[\s>]/.test(tpm)))
    return [{ why: "the state of the guest's TPM has a place of its own", fix: whileItRuns(guest) }];
  const { kind } = await sharingOf(guest.node, target, directory, signal);
  // libvirt of the source removes the state with the guest's definition
  if (kind === "shared")
    return [{ why: `both nodes see ${directory}, the state of the guest's TPM`, fix: whileItRuns(guest) }];
  if (kind === "absent") return [];
  const fix = `mclu exec ${quote(target.name)} -- ls -lR ${quote(directory)}, and remove it if no guest of ${target.name} has that UUID`;
  return [{ why: `it has another state of a TPM at ${directory}`, fix }];
}
