import type { Cluster } from "../../cluster/cluster.ts";
import type { NodeOutcome } from "../../cluster/fan-out.ts";
import { type ExitCode, exitCodes, worstExitCode } from "../../errors.ts";
import { type DoctorFacts, doctorQuery, doctorSeconds } from "../../libvirt/doctor-facts.ts";
import { NodeError, reasonOf } from "../../node/failure.ts";
import { listJobs } from "../../node/jobs/read.ts";
import type { Node } from "../../node/node.ts";
import { connectFrom } from "../../node/node-connection.ts";
import type { NodeSettings } from "../../node/settings.ts";
import { commandLine } from "../../node/shell.ts";
import { planJob } from "../gc-plan.ts";
import { loginWords, nodeToNode } from "../node-login.ts";
import { readExitCode, type Silence } from "../silence.ts";
import { buildFindings } from "./build-findings.ts";
import { type Finding, problem } from "./finding.ts";
import { libvirtFindings } from "./libvirt-findings.ts";
import { clockFinding, jobsFinding, peersFinding, sshFinding, wakeFinding } from "./node-findings.ts";

export type { Finding } from "./finding.ts";

/** A node and what its checks came to, in the order they are made; or why it could not be looked at. */
export type Diagnosis = { readonly node: string } & (
  | { readonly state: "on"; readonly findings: readonly Finding[] }
  | Silence
);

export interface DoctorReport {
  readonly nodes: readonly Diagnosis[];
}

export interface DoctorOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes?: readonly string[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** TCP: a service that takes what it is sent, where there is one. */
const discardPort = 9;

interface Answer {
  readonly facts: DoctorFacts;
  /** Seconds since 1970, by the clock here. */
  readonly asked: number;
  readonly answered: number;
  readonly jobs: number | Finding;
  /** Whether its sshd makes connections for us, as far as that is known. */
  readonly forwards: boolean;
}

/** Looks for what keeps nodes from working, and says how to mend it. Changes nothing. */
export async function doctor(
  cluster: Cluster,
  { nodes: names = [], signal }: DoctorOptions = {},
): Promise<DoctorReport> {
  const nodes = cluster.select(names);
  const outcomes = await cluster.ask(nodes, (node) => examine(cluster, node, signal), { signal });
  return { nodes: outcomes.map((outcome) => diagnose(cluster, outcome, outcomes)) };
}

/** A problem makes the answer partial, as a node does that failed; a warning does not. */
export function doctorExitCode({ nodes }: DoctorReport, named: readonly string[]): ExitCode {
  const isIll = nodes.some((node) => node.state === "on" && node.findings.some(({ verdict }) => verdict === "problem"));
  return worstExitCode([readExitCode(nodes, named), isIll ? exitCodes.partial : exitCodes.done]);
}

async function examine(cluster: Cluster, node: Node, signal: AbortSignal | undefined): Promise<Answer> {
  const { uri, pool, network } = node.settings;
  const how = { signal, patient: true };
  // the connection and its login are not the clock's business
  await node.transport(how);
  const peers = peersOf(cluster, node).map(({ settings }) => loginTest(settings));
  const asked = Date.now() / 1000;
  const facts = await node.ask(doctorQuery({ uri, pool, network, peers }), { ...how, seconds: doctorSeconds });
  const answered = Date.now() / 1000;
  return { facts, asked, answered, jobs: await jobsLeft(node, signal), forwards: await forwards(node, signal) };
}

/** Asks for a connection that nobody needs to take. The system's ssh would not say why it got none. */
async function forwards(node: Node, signal: AbortSignal | undefined): Promise<boolean> {
  if (node.settings.transport === "local" || node.transportUse?.kind === "openssh") return true;
  try {
    const stream = await connectFrom(node, { host: "127.0.0.1", port: discardPort }, signal);
    stream.destroy();
    return true;
  } catch (error) {
    if (error instanceof NodeError) return reasonOf(error) !== "denied";
    throw error;
  }
}

/** Nodes that another one may have to log in to. */
function peersOf(cluster: Cluster, node: Node): readonly Node[] {
  if (node.settings.transport === "local") return [];
  return cluster.nodes.filter((other) => other !== node && other.settings.transport !== "local");
}

function loginTest(settings: NodeSettings): string {
  return commandLine(["ssh", "-T", ...nodeToNode, "-o", "ConnectTimeout=3", ...loginWords(settings), "true"]);
}

/** How many things jobs have left behind, or why nobody can tell. */
async function jobsLeft(node: Node, signal: AbortSignal | undefined): Promise<number | Finding> {
  try {
    const jobs = await listJobs(node, { signal, patient: true, entries: true });
    const items = jobs.flatMap((job) => planJob(node.name, job).items);
    return items.filter(({ action }) => action === "undo" || action === "left").length;
  } catch (error) {
    if (error instanceof NodeError && error.silence.state === "failed" && error.silence.reason === "denied")
      return problem("jobs", error.silence.detail, error.silence.hint);
    throw error;
  }
}

function diagnose(cluster: Cluster, outcome: NodeOutcome<Answer>, all: readonly NodeOutcome<Answer>[]): Diagnosis {
  if (outcome.state !== "on") return outcome;
  const node = cluster.node(outcome.node);
  const { facts, jobs, forwards, ...times } = outcome.value;
  const examined = { settings: node.settings, facts };
  // a peer that is off, or was not asked, says nothing of the login
  const peers = peersOf(cluster, node).flatMap(({ name, settings }, index) =>
    all.some((one) => one.node === name && one.state === "on")
      ? [{ name, answer: facts.host.peers.get(index) ?? "no", settings }]
      : [],
  );
  const findings = [
    sshFinding(examined, node.transportUse, forwards),
    ...libvirtFindings(examined),
    ...buildFindings(examined),
    clockFinding(examined, times),
    ...wakeFinding(examined),
    ...peersFinding(examined, peers),
    typeof jobs === "number" ? jobsFinding(examined, jobs) : jobs,
  ];
  return { node: outcome.node, state: "on", findings };
}
