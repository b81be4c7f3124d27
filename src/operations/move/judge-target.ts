import { isActive } from "../../libvirt/domains.ts";
import type { GuestLook } from "../../libvirt/guest-look.ts";
import { type CpuNeed, guestCpu, hasHostCpu, hostCpuQuery } from "../../libvirt/move-facts.ts";
import type { Overview } from "../../libvirt/overview.ts";
import type { Reservation } from "../../node/jobs/reservation.ts";
import type { Node } from "../../node/node.ts";
import { quote } from "../../node/shell.ts";
import { formatExactSize } from "../../size.ts";
import type { FoundGuest } from "../find-guest.ts";
import { placeOf } from "../guest-place.ts";
import { nodeTotals } from "../status.ts";
import type { Obstacle } from "./move-plan.ts";
import { unlikeBootFiles } from "./target-boot.ts";
import { type TargetQuestions, targetQuestions } from "./target-questions.ts";

/** What stands against a guest on a node, its storage aside. Rejects with NodeError. */
export async function judgeTarget(
  guest: FoundGuest,
  look: GuestLook,
  target: Node,
  signal: AbortSignal | undefined,
  questions: TargetQuestions = targetQuestions,
): Promise<readonly Obstacle[]> {
  const { node: source, state } = guest;
  const live = state !== null && isActive(state);
  const { uri } = target.settings;
  const reservations = await questions.reservations(target, signal);
  const cpu = live ? await cpuOf(source, look.xml.now, signal) : null;
  const facts = await questions.facts(target, signal, { ...needsOf(look), cpu });
  const unlikeFiles = await unlikeBootFiles(guest, look, { node: target, loaders: facts.loaders }, signal);
  const memory = live ? memoryBeside(guest, target, reservations, await questions.overview(target, signal)) : [];
  const named = [
    ...facts.domains.filter(({ uuid, name }) => uuid === guest.uuid || name === guest.name),
    ...reservations.filter(({ stale, name }) => !stale && name === guest.name),
  ];
  const place = placeOf({ node: source.name, name: guest.name });
  return [
    ...(uri === "qemu:///system"
      ? []
      : [{ why: `it has libvirt at ${uri}, and a move wants qemu:///system`, fix: "mclu config show" }]),
    ...named.slice(0, 1).map(({ name }) => ({
      why: `there is a guest ${target.name}/${name} already, of the same ${name === guest.name ? "name" : "UUID"}`,
      fix: `mclu info ${placeOf({ node: target.name, name })}`,
    })),
    ...memory,
    ...facts.missingNetworks.map((name) => ({
      why: `it has no active network ${name}`,
      fix: `mclu virsh ${target.name} -- net-start ${quote(name)}; where it has none, net-define it as ${source.name} has it`,
    })),
    ...facts.missingBridges.map((name) => ({
      why: `it has no bridge ${name}`,
      fix: `make the bridge ${quote(name)} on ${target.name}, or: mclu nic set ${place} network=NETWORK`,
    })),
    ...facts.missingDevices.map((name) => ({
      why: `it has no network card ${name}, which a card of the guest lies directly on`,
      fix: `mclu exec ${quote(target.name)} -- ip link, and mclu edit ${place}; or mclu nic set ${place} network=NETWORK`,
    })),
    ...unlikeFiles,
    ...problem(facts.machine, "its qemu cannot be such a machine", `mclu virsh ${target.name} -- domcapabilities`),
    ...(facts.tpm
      ? []
      : [{ why: "its libvirt has no emulator of TPMs", fix: `install swtpm and swtpm-tools on ${target.name}` }]),
    ...problem(
      facts.cpu,
      "its CPU is not enough for the running guest",
      `mclu stop ${place}, and move it while it is off`,
    ),
  ];
}

function problem(found: string | null, what: string, fix: string): Obstacle[] {
  return found === null ? [] : [{ why: `${what}: ${found}`, fix }];
}

/**
 * Whether the guest has no memory on a node as that is now. Rejects with NodeError.
 * @param coming guests that are on their way there: libvirt shows them once it takes them in
 */
export async function memoryThere(
  guest: FoundGuest,
  target: Node,
  coming: readonly FoundGuest[],
  signal: AbortSignal | undefined,
): Promise<readonly Obstacle[]> {
  const { reservations, overview } = targetQuestions;
  // before the guests: what was reserved may be one of them by then
  const reserved = await reservations(target, signal);
  const seen = await overview(target, signal);
  const isThere = ({ uuid }: FoundGuest) =>
    seen.domains.some((one) => one.uuid === uuid && one.state !== null && isActive(one.state));
  const before = coming.reduce((sum, one) => sum + (isThere(one) ? 0 : (one.memory ?? 0)), 0);
  return memoryBeside(guest, target, reserved, seen, before);
}

/**
 * The same, beside what others have reserved.
 * @param before bytes of guests that move there before
 */
function memoryBeside(
  { memory }: FoundGuest,
  target: Node,
  reservations: readonly Reservation[],
  overview: Overview,
  before = 0,
): readonly Obstacle[] {
  const reserved = reservations.reduce((sum, one) => sum + (one.stale ? 0 : one.memory), 0);
  const { free } = nodeTotals(overview, target.settings.hostReserve + reserved);
  return memoryObstacle(target.name, free, memory, before);
}

function memoryObstacle(node: string, free: number | null, wanted: number | null, before: number): Obstacle[] {
  if (free !== null && wanted !== null && free >= wanted + before) return [];
  const size = (bytes: number | null) =>
    bytes === null ? "unknown" : formatExactSize(Math.floor(Math.max(bytes, 0) / 1024 ** 2) * 1024 ** 2);
  const others = before === 0 ? "" : `, of which guests that move before take ${size(before)}`;
  return [
    {
      why: `memory: ${size(wanted)} wanted, ${size(free)} free${others}`,
      fix: `mclu status, mclu list --node ${node}`,
    },
  ];
}

/** Of the guest as it runs, and as it starts next: both are going to be there. */
function needsOf({ details, next }: GuestLook) {
  const sources = (wanted: string) =>
    [...details.interfaces, ...next.interfaces].flatMap(({ type, source }) =>
      type === wanted && source !== null ? [source] : [],
    );
  const { type, arch, machine } = details;
  return {
    ...{ type, arch, machine, tpm: details.tpm !== null || next.tpm !== null },
    networks: [...new Set(sources("network"))],
    bridges: [...new Set(sources("bridge"))],
    devices: [...new Set(sources("direct"))],
  };
}

/** What is compared: a guest that sees its node's CPU as it is wants one that can do all of it. */
async function cpuOf(source: Node, xml: string, signal: AbortSignal | undefined): Promise<CpuNeed | null> {
  if (hasHostCpu(xml)) {
    const host = await source.ask(hostCpuQuery, { signal, patient: true });
    return host === null ? null : { of: "host", xml: host };
  }
  const own = guestCpu(xml);
  return own === null ? null : { of: "guest", xml: own };
}
