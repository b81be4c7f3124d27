import type { Cluster } from "../../cluster/cluster.ts";
import { exitCodes, UserError } from "../../errors.ts";
import type { Disk } from "../../libvirt/domain-details.ts";
import { attribute, child, children, parseXml, type XmlElement } from "../../libvirt/xml.ts";
import type { Node } from "../../node/node.ts";
import { askOfGuests } from "../ask-of-guests.ts";
import type { GuestChoice } from "../choose-guests.ts";
import { guestPlace } from "../guest-place.ts";
import { lookAtChosen, type SeenGuest } from "../look-at-chosen.ts";
import { change, type Decision, type Plan, refusal } from "../plan.ts";
import { readStorage } from "../read-storage.ts";
import { findSnapshots, type GuestSnapshots } from "./find-snapshots.ts";

export interface CreateSnapshotOptions {
  /** Default: `timeName`. */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What `snapshot create` will do. Throws UserError as `chooseGuests` does, and exit 2 for a name that libvirt does not take. */
export async function planCreateSnapshot(
  cluster: Cluster,
  choice: GuestChoice,
  { name = timeName(), description, signal }: CreateSnapshotOptions = {},
): Promise<Plan> {
  checkName(name);
  const { seen, plan } = await lookAtChosen(cluster, choice, { signal });
  const guests = seen.map(({ guest }) => guest);
  const snapshots = await findSnapshots(cluster, guests, signal);
  const dataOf = await askOfGuests(cluster, guests, (node) => dataOutside(node, seen, signal), signal);
  return plan(
    "snapshot create",
    (one) => {
      const own = snapshots(one.guest);
      if (!("snapshots" in own)) return own;
      const data = dataOf(one.guest);
      return "outside" in data ? decide(one, own, data, name, description) : data;
    },
    { deed: "make a snapshot of" },
  );
}

/** Where the content of a guest's writable disks lies outside of them. */
interface DataOutside {
  readonly outside: readonly { readonly target: string; readonly file: string }[];
}

/** Of the guests of one node, in their order. */
async function dataOutside(
  node: Node,
  seen: readonly SeenGuest[],
  signal: AbortSignal | undefined,
): Promise<readonly DataOutside[]> {
  const subjects = seen
    .filter(({ guest }) => guest.node === node)
    .map(({ guest: { uuid }, look }) => ({ uuid, disks: look.details.disks.filter(isWritable), snapshots: [] }));
  const facts = await readStorage(node, subjects, { signal, patient: true });
  return subjects.map(({ disks }, index) => ({
    outside: disks.flatMap(({ target }, at) => {
      const file = facts[index]?.disks[at]?.chain?.[0]?.dataFile ?? null;
      return file === null ? [] : [{ target, file }];
    }),
  }));
}

/** Bytes a second that a guest's memory is written with at least. */
const slowest = 25 * 1024 ** 2;

function decide(
  one: SeenGuest,
  { snapshots }: GuestSnapshots,
  { outside: [elsewhere] }: DataOutside,
  name: string,
  description: string | undefined,
): Decision {
  const { guest, look, live } = one;
  if (snapshots.some((other) => other.name === name))
    return refusal(`it has a snapshot ${name} already`, `mclu snapshot list ${guestPlace(guest)}`);
  const obstacle = obstacleTo(one);
  if (obstacle) return obstacle;
  // qemu keeps no snapshot in such an image
  if (elsewhere)
    return refusal(
      `the content of ${elsewhere.target} lies in ${elsewhere.file}, which no snapshot keeps`,
      `a copy that can have one: mclu clone ${guestPlace(guest)} NEWNAME`,
    );
  const words = description === undefined ? [] : ["--description", description];
  const virsh = ["snapshot-create-as", "--domain", guest.uuid, "--name", name, ...words];
  const memory = look.details.memory.maximum ?? 0;
  const writable = look.details.disks.filter(isWritable).length;
  return {
    ...change({ will: `make snapshot ${name}`, done: `made snapshot ${name}` }, [{ virsh }]),
    notes: live ? ["it stands still while its memory is written into its disk"] : [],
    patience: live ? 60 + Math.ceil(memory / slowest) : 60 + 60 * writable,
  };
}

function isWritable({ device, readonly }: Disk): boolean {
  return device !== "cdrom" && device !== "floppy" && !readonly;
}

/**
 * Why libvirt could make no snapshot that it can revert to. Internal ones alone are made: of qcow2 disks, and of no guest
 * whose firmware keeps its variables in a raw file, which libvirt since 9.2 refuses and older ones leave out.
 */
function obstacleTo({ guest, look, live }: SeenGuest): Decision | undefined {
  const { details } = look;
  const place = guestPlace(guest);
  const disks = details.disks.filter(isWritable);
  const wrong = disks.find(({ format, type }) => format !== "qcow2" || type === "network");
  if (wrong)
    return refusal(
      `a snapshot that libvirt can revert to needs qcow2 disks, and ${wrong.target} is ${wrong.format ?? "of an unknown format"}`,
      wrong.type === "network"
        ? `mclu disk list ${place}`
        : `a copy that can have one: mclu clone ${place} NEWNAME --format qcow2`,
    );
  const domain = parseXml(look.xml.now, "domain");
  const other = children(child(domain, "devices"), "disk").find((disk) => isElsewhere(disk, disks));
  if (other)
    return refusal(
      `its XML says snapshot='${attribute(other, "snapshot")}' of ${attribute(child(other, "target"), "dev")}, and libvirt can revert to internal ones alone`,
      `take that out: mclu edit ${place}`,
    );
  if (disks.length === 0) return refusal("it has no disk that a snapshot could be kept in", `mclu disk list ${place}`);
  const nvram = child(domain, "os", "nvram");
  if (details.firmware === "efi" && attribute(nvram, "format") !== "qcow2")
    return refusal("libvirt cannot revert a guest with UEFI firmware, whose variables are in no snapshot", null);
  const [device] = details.hostDevices;
  if (live && device !== undefined)
    return refusal(`it has ${device} of its node, whose state cannot be saved`, `mclu stop ${place}`);
  return undefined;
}

/** Whether a snapshot would leave this disk of the guest out, or be a file beside it. */
function isElsewhere(disk: XmlElement, writable: readonly Disk[]): boolean {
  const kind = attribute(disk, "snapshot");
  const target = attribute(child(disk, "target"), "dev");
  return kind !== null && kind !== "internal" && writable.some((one) => one.target === target);
}

/** A snapshot's name by the time, UTC: `20261121-134500`. */
export function timeName(): string {
  const [date = "", time = ""] = new Date().toISOString().split("T");
  return `${date.replaceAll("-", "")}-${time.slice(0, 8).replaceAll(":", "")}`;
}

function checkName(name: string): void {
  const why = wrongName(name);
  if (why === undefined) return;
  throw new UserError(`not a name for a snapshot: ${why}`, {
    hint: "mclu snapshot create GUEST NAME, for example mclu snapshot create web1 before-upgrade",
    exitCode: exitCodes.usage,
  });
}

function wrongName(name: string): string | undefined {
  if (name.trim() === "") return "it is empty";
  if (/[/\p{Cc}]/u.test(name)) return `${name} has a / or a control character`;
  if (name.startsWith(".")) return `${name} begins with a dot`;
  // qcow2 keeps names of up to 255 bytes
  return Buffer.byteLength(name) > 200 ? `it has ${Buffer.byteLength(name)} bytes, and at most 200 fit` : undefined;
}
