import type { Cluster } from "../../cluster/cluster.ts";
import type { Action } from "../../libvirt/change.ts";
import type { Snapshot } from "../../libvirt/snapshots.ts";
import { quote } from "../../node/shell.ts";
import { baseImages } from "../base-images.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { guestPlace } from "../guest-place.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { change, type Decision, type Plan, refusal } from "../plan.ts";
import { refuseProtected, unlessProtected } from "../protection.ts";
import { refuseTwice, runningElsewhere } from "../running-elsewhere.ts";
import { dropSaved, unlessSaved } from "../saved-memory.ts";
import { findSnapshots, type GuestSnapshots, pickSnapshot } from "./find-snapshots.ts";

interface SnapshotOptions {
  readonly signal?: AbortSignal | undefined;
}

/** libvirt 9.9.0 is the first that reverts to external snapshots. */
const revertsExternal = 9_009_000;
/** Seconds: the memory of a large guest is read back. */
const patience = 600;

/** What `snapshot revert` will do. Throws UserError as `chooseGuests` does with a strict choice. */
export async function planRevertSnapshot(
  cluster: Cluster,
  choice: GuestChoice,
  name: string,
  { signal }: SnapshotOptions = {},
): Promise<Plan> {
  const { seen, nodes, plan } = await lookAtSnapshots(cluster, choice, signal);
  const guests = seen.map(({ guest }) => guest);
  const [isBase, elsewhere] = await Promise.all([
    baseImages(cluster, seen, signal),
    runningElsewhere(cluster, guests, nodes, signal),
  ]);
  const decide = (one: SeenGuest, own: GuestSnapshots) => {
    const other = elsewhere(one.guest);
    if (other) {
      const { node, uuid } = one.guest;
      const anyway = `mclu virsh ${quote(node.name)} -- snapshot-revert ${uuid} ${quote(name)}`;
      return refuseTwice(other, anyway);
    }
    const base = isBase(one);
    return "stillNone" in base ? decideRevert(one, own, name, base.stillNone) : base;
  };
  return plan("snapshot revert", "revert", decide);
}

/** The chosen guests and their snapshots, and a plan for those of them that are not protected. */
async function lookAtSnapshots(cluster: Cluster, choice: GuestChoice, signal: AbortSignal | undefined) {
  const { seen, nodes, plan } = await lookAtChosen(cluster, choice, { strict: true, signal });
  const guests = seen.map(({ guest }) => guest);
  const snapshots = await findSnapshots(cluster, guests, signal);
  const planOwn = (command: string, deed: string, decide: (one: SeenGuest, own: GuestSnapshots) => Decision): Plan => {
    const decideOne = (one: SeenGuest): Decision => {
      const own = snapshots(one.guest);
      if (!("snapshots" in own)) return own;
      return one.look.protected ? refuseProtected(one.guest) : decide(one, own);
    };
    return plan(command, decideOne, { asks: true, deed });
  };
  return { seen, nodes, plan: planOwn };
}

/** @param stillNone what makes sure that no image is based on its disks */
function decideRevert(
  { guest, look, live }: SeenGuest,
  own: GuestSnapshots,
  name: string,
  stillNone: readonly Action[],
): Decision {
  const found = pickSnapshot(guest, own, name);
  if (!("name" in found)) return found;
  // libvirt keeps it beside a snapshot that has memory too, and resumes it later on disks that are none of its own
  if (look.managedSave)
    return refusal("it was saved, and its saved memory does not go with other disks", dropSaved(guest));
  const { snapshot } = found;
  const others = otherDisks(look, found.disks);
  if (snapshot?.kind !== "external" && others.length > 0)
    return refusal(
      `${name} was made of ${others.join(", ")}, which it no longer has and which reverting would write: that may be another guest's by now`,
      `where it is not: mclu disk add ${guestPlace(guest)} --source ${quote(others[0] ?? "")}, and type it again`,
    );
  const external = snapshot?.kind === "external" || snapshot?.kind === "mixed";
  if (external && (own.version ?? 0) < revertsExternal)
    return refusal(
      `${name} is external, and libvirt on ${guest.node.name} cannot revert to those (9.9.0 is the first that can)`,
      `mclu snapshot list ${guestPlace(guest)}`,
    );
  const { uuid } = guest;
  const runs = snapshot?.state === "running" || snapshot?.state === "paused";
  return {
    ...change({ will: `revert to ${name}`, done: `reverted to ${name}` }, [
      unlessProtected(uuid),
      ...stillNone,
      unlessSaved(uuid),
      ...stillThat(uuid, snapshot, name),
      { virsh: ["snapshot-revert", "--domain", uuid, "--snapshotname", name] },
    ]),
    notes: [
      `what its disks have taken since ${timeOf(snapshot?.created ?? null)} is lost`,
      ...(live && !runs ? ["it is off afterwards, as it was then"] : []),
      ...(!live && runs ? [`it is ${snapshot.state} afterwards, as it was then`] : []),
    ],
    patience,
  };
}

/** Disks that a snapshot was made of and that its guest has no more; libvirt writes them and not what it has instead. */
function otherDisks({ details, next }: SeenGuest["look"], disks: readonly string[]): readonly string[] {
  const own = [...details.disks, ...next.disks].map(({ source }) => source);
  return [...new Set(disks)].filter((source) => !own.includes(source));
}

/** What `snapshot delete` will do. Throws UserError as `chooseGuests` does with a strict choice. */
export async function planDeleteSnapshot(
  cluster: Cluster,
  choice: GuestChoice,
  name: string,
  { signal }: SnapshotOptions = {},
): Promise<Plan> {
  const { plan } = await lookAtSnapshots(cluster, choice, signal);
  const decide = ({ guest }: SeenGuest, own: GuestSnapshots): Decision => {
    const found = pickSnapshot(guest, own, name);
    if (!("name" in found)) return found;
    const { uuid } = guest;
    return {
      ...change({ will: `delete snapshot ${name}`, done: `deleted snapshot ${name}` }, [
        unlessProtected(uuid),
        ...stillThat(uuid, found.snapshot, name),
        { virsh: ["snapshot-delete", "--domain", uuid, "--snapshotname", name] },
      ]),
      notes: [`of ${timeOf(found.snapshot?.created ?? null)}; the guest stays as it is`],
      patience,
    };
  };
  return plan("snapshot delete", "delete a snapshot of", decide);
}

/** Goes on only where the snapshot of this name is the one that was looked at: another may have its name by now. */
function stillThat(uuid: string, snapshot: Snapshot | null, name: string): readonly Action[] {
  if (snapshot === null || snapshot.created === null) return [];
  const has = ["snapshot-dumpxml", "--domain", uuid, "--snapshotname", name];
  const text = `<creationTime>${snapshot.created}</creationTime>`;
  return [{ has, text, why: `another snapshot is named ${name} meanwhile` }];
}

function timeOf(seconds: number | null): string {
  const time = new Date((seconds ?? Number.NaN) * 1000);
  // a node may say what is no time, and that cannot be written
  return Number.isNaN(time.getTime()) ? "then" : `${time.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
