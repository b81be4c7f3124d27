import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeOutcome } from "../../cluster/fan-out.ts";
import { type DoctorFacts, doctorQuery, doctorSeconds } from "../../libvirt/doctor-facts.ts";
import { sudoQuery } from "../../libvirt/sudo-query.ts";
import { failed } from "../../node/failure.ts";
import type { Node } from "../../node/node.ts";
import { loginCommand } from "../../node/settings.ts";
import { quote } from "../../node/shell.ts";
import { libvirtFindings } from "../doctor/libvirt-findings.ts";
import { cardToWake } from "../doctor/node-findings.ts";
import type { Silence } from "../silence.ts";

/** What a host said of itself, as far as mclu.conf and the user care. */
export interface HostAnswer {
  /** libvirt's; null: it did not say. */
  readonly version: string | null;
  /** Whether commands there need sudo. */
  readonly become: "none" | "sudo";
  readonly mac: string | null;
}

export type TriedHost = { readonly node: string } & (({ readonly state: "on" } & HostAnswer) | Silence);

/**
 * Logs in to every node at once and looks whether its libvirt can be used, by sudo where it takes that. A host whose libvirt
 * cannot be used has failed.
 */
export async function tryHosts(
  cluster: Cluster,
  {
    signal,
    onHost,
  }: { readonly signal?: AbortSignal | undefined; readonly onHost?: ((host: TriedHost) => void) | undefined },
): Promise<readonly TriedHost[]> {
  const tell = (outcome: NodeOutcome<HostAnswer>) => tried(cluster, outcome);
  const outcomes = await cluster.ask(cluster.nodes, (node) => tryHost(node, signal), {
    signal,
    onSettled: (outcome) => onHost?.(tell(outcome)),
  });
  return outcomes.map(tell);
}

async function tryHost(node: Node, signal: AbortSignal | undefined): Promise<HostAnswer> {
  const { uri, pool, network, become } = node.settings;
  const how = { signal, patient: true };
  const facts = await node.ask(doctorQuery({ uri, pool, network, peers: [] }), { ...how, seconds: doctorSeconds });
  const answer = { version: facts.libvirt?.version ?? null, mac: cardToWake(facts.host)?.mac ?? null };
  if (isEnough(facts)) return { ...answer, become };
  const may = become === "none" && facts.host.programs.includes("virsh") && !facts.host.isRoot;
  if (may && (await node.ask(sudoQuery(uri), how))) return { ...answer, become: "sudo" };
  refuse(node, facts);
  return { ...answer, become };
}

/** Whether a login may change guests and write their disks. */
function isEnough({ host, libvirt }: DoctorFacts): boolean {
  return libvirt?.writable === true && (host.directory === null || host.writable);
}

/** Throws NodeError where guests cannot be managed at all. */
function refuse(node: Node, facts: DoctorFacts): void {
  const { host, libvirt } = facts;
  const { settings } = node;
  if (libvirt?.writable === true) return;
  if (libvirt !== null) {
    const why = `${host.user} may look at guests and not change them, and sudo asks for a password`;
    throw failed("denied", why, `${loginCommand(settings, "-t")}sudo usermod -aG libvirt ${quote(host.user)}`);
  }
  const [daemon] = libvirtFindings({ settings, facts });
  const reason = host.programs.includes("virsh") ? "libvirt-down" : "no-libvirt";
  throw failed(reason, daemon?.detail ?? "libvirt does not answer", daemon?.fix ?? `mclu doctor ${settings.name}`);
}

function tried(cluster: Cluster, outcome: NodeOutcome<HostAnswer>): TriedHost {
  if (outcome.state === "on") return { node: outcome.node, state: "on", ...outcome.value };
  if (outcome.state === "off" || outcome.reason !== "host-key-unknown") return outcome;
  // mclu trust knows the nodes of mclu.conf, which is yet to be written
  return { ...outcome, hint: `${loginCommand(cluster.node(outcome.node).settings)}true` };
}
