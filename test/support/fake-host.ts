import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Cluster, openCluster } from "../../src/index.ts";
import { domainStates } from "../../src/libvirt/domains.ts";
import type { Query, Step } from "../../src/libvirt/query.ts";
import { NodeError, type NodeSilence } from "../../src/node/failure.ts";
import { temporaryDirectory } from "./run-mclu.ts";

export interface FakeGuest {
  readonly name: string;
  readonly uuid: string;
  /** null: libvirt does not say. Default running. */
  readonly state?: (typeof domainStates)[number] | null;
  /** `virsh dumpxml`. Default one that says nothing; "": libvirt cannot show it. */
  readonly xml?: string;
  /** The same of its next start. Default: `xml`. */
  readonly next?: string;
  readonly transient?: boolean;
  readonly autostart?: boolean;
  readonly managedSave?: boolean;
}

/** What is answered beside what there is to know of the guests; undefined: as if nothing were given. */
export interface FakeAnswers {
  readonly virsh?: (argv: readonly string[], node: string) => string | undefined;
  /** What a program prints; with a code, one that fails. */
  readonly run?: (argv: readonly string[], node: string) => string | FakeFailure | undefined;
}

export interface FakeFailure {
  readonly code: number;
  readonly texts: readonly string[];
}

/** Runs a program of a node on this machine. */
export function runHere([file = "", ...args]: readonly string[]): string {
  return execFileSync(file, args, { encoding: "utf8" });
}

/** What a node answers: to the question so many before it, for a node that changes or falls silent. */
export type FakeNode = (asked: number) => readonly FakeGuest[] | NodeSilence;

/**
 * A cluster whose nodes answer virsh's questions about these guests, in states that no real hypervisor takes on demand.
 * What is asked beside that has an empty answer, unless `run` knows what a program says on a node.
 */
export async function fakeCluster(
  nodes: Readonly<Record<string, FakeNode>>,
  settings = "",
  answers: FakeAnswers = {},
): Promise<Cluster> {
  const home = temporaryDirectory();
  const file = join(home, "mclu.conf");
  const names = Object.keys(nodes);
  writeFileSync(file, `[mclu]\ntransport = local\n${settings}[nodes]\n${names.map((name) => `${name} =\n`).join("")}`);
  const cluster = await openCluster({ file, env: { HOME: home } });
  for (const node of cluster.nodes) {
    let asked = 0;
    const ask = async <T>(query: Query<T>): Promise<T> => {
      const now = nodes[node.name]?.(asked++) ?? [];
      if ("state" in now) throw new NodeError(now);
      return query.parse(query.steps.map((step) => answer(step, now, node.name, answers)));
    };
    Object.assign(node, { ask });
  }
  return cluster;
}

export const lostNode: NodeSilence = { state: "failed", reason: "lost", detail: "the wire was cut", hint: "ping ham0" };
export const offNode: NodeSilence = { state: "off", detail: "no route to host" };

function answer(step: Step, guests: readonly FakeGuest[], node: string, answers: FakeAnswers) {
  if (!("virsh" in step)) {
    const said = answers.run?.(step.run, node) ?? "";
    return typeof said === "string" ? { code: 0, texts: [said] } : said;
  }
  return { code: 0, texts: step.virsh.map((argv) => answers.virsh?.(argv, node) ?? virsh(argv, guests)) };
}

function virsh([command, ...args]: readonly string[], guests: readonly FakeGuest[]): string {
  if (command === "nodeinfo") return "CPU(s): 8\nMemory size: 16777216 KiB\n";
  const named = args.includes("--name");
  if (args.includes("--with-snapshot")) return "";
  const listed = args.includes("--with-managed-save") ? guests.filter(({ managedSave }) => managedSave) : guests;
  if (command === "list") return listed.map(({ uuid, name }) => `${uuid}${named ? ` ${name}` : ""}\n`).join("");
  if (command === "domstats") return guests.map(stats).join("");
  const guest = guests.find(({ uuid }) => args.includes(uuid));
  if (!guest) return "";
  if (command === "domstate") return guest.state === undefined ? "running" : (guest.state ?? "");
  if (command === "dumpxml") {
    const now = guest.xml ?? `<domain><name>${guest.name}</name></domain>`;
    return args.includes("--inactive") ? (guest.transient ? "" : (guest.next ?? now)) : now;
  }
  if (command === "managedsave-dumpxml") return guest.xml ?? `<domain><name>${guest.name}</name></domain>`;
  const persistent = guest.transient ? "no" : "yes";
  return command === "dominfo"
    ? `Persistent: ${persistent}\nAutostart: ${guest.autostart ? "enable" : "disable"}\nManaged save: ${guest.managedSave ? "yes" : "no"}\n`
    : "";
}

function stats({ name, state = "running" }: FakeGuest): string {
  const number = state === null ? "" : `  state.state=${domainStates.indexOf(state)}\n`;
  return `Domain: '${name}'\n${number}  balloon.maximum=1048576\n  vcpu.current=1\n`;
}
