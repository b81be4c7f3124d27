import type { Cluster } from "../cluster/cluster.ts";
import { parseDomain } from "../libvirt/domain-xml.ts";
import { understood } from "../libvirt/query.ts";
import type { Node } from "../node/node.ts";
import { quote } from "../node/shell.ts";
import type { FoundGuest } from "./find-guest.ts";
import { guestPlace } from "./guest-place.ts";
import type { NextDefinitions } from "./next-definitions.ts";
import { type Decision, refusal } from "./plan.ts";
import { readFileKinds } from "./read-storage.ts";

/** A disk of a guest whose file is a pipe. */
interface Pipe {
  readonly target: string;
  readonly path: string;
}

/**
 * Which guests have a pipe for a disk that they start with. libvirtd opens it and waits for a writer for
 * ever, and with it everybody who asks libvirtd for a list of guests (libvirt 9.0). Of a node that does not answer nothing
 * is known.
 */
export async function findPipes(
  cluster: Cluster,
  guests: readonly FoundGuest[],
  definitions: NextDefinitions,
  signal: AbortSignal | undefined,
): Promise<(guest: FoundGuest) => Pipe | undefined> {
  const nodes = cluster.nodes.filter((node) => guests.some((guest) => guest.node === node));
  const ask = (node: Node) =>
    pipesOf(
      node,
      guests.filter((guest) => guest.node === node),
      definitions,
      signal,
    );
  const outcomes = await cluster.ask(nodes, ask, { signal });
  const pipes = new Map(outcomes.flatMap((outcome) => (outcome.state === "on" ? [...outcome.value] : [])));
  return ({ uuid }) => pipes.get(uuid);
}

async function pipesOf(
  node: Node,
  guests: readonly FoundGuest[],
  definitions: NextDefinitions,
  signal: AbortSignal | undefined,
) {
  const how = { signal, patient: true };
  const xml = await definitions(node, guests);
  const subjects = guests.map(({ uuid }) => {
    const details = understood(() => parseDomain(xml.get(uuid) ?? ""));
    return { uuid, disks: details?.disks ?? [], snapshots: [] };
  });
  const kinds = await readFileKinds(node, subjects, how);
  return subjects.flatMap(({ uuid, disks }): [string, Pipe][] => {
    const pipe = disks.find(({ source }) => source !== null && kinds.get(source) === "fifo");
    return pipe?.source ? [[uuid, { target: pipe.target, path: pipe.source }]] : [];
  });
}

/** For a guest that would be started with a pipe. */
export function refusePipe(guest: FoundGuest, { target, path }: Pipe): Decision {
  return refusal(
    `${path}, which it has for ${target}, is a pipe: libvirt would wait there for ever, and answer nobody`,
    `mclu disk remove ${guestPlace(guest)} ${quote(target)}`,
  );
}
