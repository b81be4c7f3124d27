import type { Cluster } from "../cluster/cluster.ts";
import type { NodeOutcome } from "../cluster/fan-out.ts";
import { type ExitCode, exitCodes, UserError, worstExitCode } from "../errors.ts";
import { NodeError } from "../node/failure.ts";
import type { Node } from "../node/node.ts";
import type { SeenHostKey } from "../node/ssh/host-key-policy.ts";
import { changedKeyHint, type UnknownHostKey, UnknownHostKeyError } from "../node/ssh/host-key-policy.ts";
import type { KnownHostsEntry } from "../node/ssh/known-hosts.ts";
import { confirmHostKeys, type HostKeyFacts, hostKeyFacts, keysWith } from "./host-key-question.ts";
import type { Prompter } from "./prompter.ts";
import type { Silence } from "./silence.ts";

/** What became of the key of a node, or of a jump host on the way to it. */
export type TrustRow = { readonly node: string } & (
  | ({ readonly state: "added" | "not-added" } & HostKeyFacts)
  | ({ readonly state: "known"; readonly certified?: CertifiedKey } & HostKeyFacts)
  /** known_hosts has another key, or says that this one is revoked. That stays; `hint` is for the user to decide. */
  | ({ readonly state: "changed" | "revoked"; readonly hint: string } & HostKeyFacts)
  | Silence
);

/** A key that is known by the certificate which the host shows for it. */
export interface CertifiedKey {
  /** The `@cert-authority` line that made it count, `FILE:LINE`. */
  readonly authority: string;
  /** The lines with other keys of this type for the host, which it shows no more. */
  readonly outdated: readonly string[];
}

export interface TrustReport {
  readonly nodes: readonly TrustRow[];
}

export interface TrustOptions {
  readonly nodes: readonly string[];
  /** Keys the user knows already, `SHA256:...`: with these nothing is asked, and any other key stops it all. */
  readonly fingerprints?: readonly string[] | undefined;
  /** Absent, and no fingerprints either: unknown keys are only shown. */
  readonly prompter?: Prompter | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Looks at the host keys of nodes, without a login, and adds those that are confirmed to the user's known_hosts; never
 * replaces one. Nothing is written before everything is decided.
 */
export async function trust(cluster: Cluster, options: TrustOptions): Promise<TrustReport> {
  if (options.nodes.length === 0)
    throw new UserError("no node is named", { hint: "mclu trust NODE...", exitCode: exitCodes.usage });
  const nodes = cluster.select(options.nodes);
  refuseLocal(nodes);
  const rows: TrustRow[] = [];
  const accepted: UnknownHostKey[] = [];
  let pending = nodes;
  while (pending.length > 0) {
    const { signal } = options;
    const looks = await cluster.ask(pending, (node) => look(cluster, node, signal), { signal });
    const unknown = looks.flatMap((outcome) => unknownKey(outcome) ?? []);
    for (const outcome of looks) if (!unknownKey(outcome)) rows.push(settledRow(outcome));
    const confirmed = await decide(distinct(unknown), options);
    signal?.throwIfAborted();
    for (const key of confirmed) cluster.acceptHostKey(key);
    accepted.push(...confirmed);
    for (const key of unknown) if (!confirmed.some((one) => isSame(one, key))) rows.push(keyRow(key, "not-added"));
    // behind a jump host that is trusted now, the node has yet to show its own key
    const further = new Set(
      looks.flatMap((outcome) => {
        const key = outcome.state === "on" && outcome.value.kind === "jump" ? outcome.value.key : undefined;
        return key && confirmed.some((one) => isSame(one, key)) ? [outcome.node] : [];
      }),
    );
    pending = pending.filter(({ name }) => further.has(name));
  }
  const stop = options.fingerprints !== undefined && rows.some(({ state }) => state === "not-added");
  if (!stop) for (const key of accepted) await write(cluster, key);
  rows.push(...accepted.map((key) => keyRow(key, stop ? "not-added" : "added")));
  const place = (name: string) => nodes.findIndex((node) => node.name === name);
  return { nodes: rows.sort((a, b) => place(a.node) - place(b.node)) };
}

export function trustExitCode({ nodes }: TrustReport): ExitCode {
  return worstExitCode(
    nodes.map(({ state }) => {
      if (state === "known" || state === "added") return exitCodes.done;
      return state === "off" || state === "failed" ? exitCodes.unreachable : exitCodes.refused;
    }),
  );
}

/** A node's own key, or one of a jump host that must be trusted before. */
type Look =
  | { readonly kind: "node"; readonly seen: SeenHostKey }
  | { readonly kind: "jump"; readonly key: UnknownHostKey };

async function look(cluster: Cluster, node: Node, signal: AbortSignal | undefined): Promise<Look> {
  try {
    return { kind: "node", seen: await cluster.seeHostKey(node, signal) };
  } catch (error) {
    if (error instanceof UnknownHostKeyError) return { kind: "jump", key: error.hostKey };
    throw error;
  }
}

function unknownKey(outcome: NodeOutcome<Look>): UnknownHostKey | undefined {
  if (outcome.state !== "on") return undefined;
  if (outcome.value.kind === "jump") return outcome.value.key;
  const { seen } = outcome.value;
  return seen.verdict.kind === "unknown" ? seen.hostKey : undefined;
}

function settledRow(outcome: NodeOutcome<Look>): TrustRow {
  if (outcome.state !== "on") return outcome;
  const { value } = outcome;
  if (value.kind === "jump") throw new Error("an unknown key is not settled");
  const { hostKey, verdict } = value.seen;
  if (verdict.kind === "trusted") return knownRow(value.seen);
  if (verdict.kind === "unknown") throw new Error("an unknown key is not settled");
  const hint = changedKeyHint(verdict, hostKey);
  return { node: hostKey.node, state: verdict.kind, hint, ...hostKeyFacts(hostKey) };
}

function knownRow({ hostKey, authority, outdated = [] }: SeenHostKey): TrustRow {
  const facts = { node: hostKey.node, state: "known" as const, ...hostKeyFacts(hostKey) };
  const place = ({ file, line }: KnownHostsEntry) => `${file}:${line}`;
  if (authority === undefined) return facts;
  return { ...facts, certified: { authority: place(authority), outdated: outdated.map(place) } };
}

function keyRow(key: UnknownHostKey, state: "added" | "not-added"): TrustRow {
  return { node: key.node, state, ...hostKeyFacts(key) };
}

async function decide(
  keys: readonly UnknownHostKey[],
  { fingerprints, prompter }: TrustOptions,
): Promise<readonly UnknownHostKey[]> {
  if (keys.length === 0) return [];
  if (fingerprints) return keysWith(fingerprints, keys);
  return prompter ? confirmHostKeys(prompter, keys) : [];
}

/** Each key of each host once: nodes behind one jump host all show it. */
function distinct(keys: readonly UnknownHostKey[]): readonly UnknownHostKey[] {
  return keys.filter((key, index) => keys.findIndex((other) => isSame(other, key)) === index);
}

function isSame(a: UnknownHostKey, b: UnknownHostKey): boolean {
  return hostKeyFacts(a).host === hostKeyFacts(b).host && a.key.equals(b.key);
}

async function write(cluster: Cluster, key: UnknownHostKey): Promise<void> {
  try {
    await cluster.rememberHostKey(key);
  } catch (error) {
    if (error instanceof NodeError && error.silence.state === "failed") {
      const { detail, hint } = error.silence;
      throw new UserError(`known_hosts has changed meanwhile: ${detail}`, { hint, exitCode: exitCodes.refused });
    }
    throw new UserError(`${key.file} cannot be written: ${error instanceof Error ? error.message : String(error)}`, {
      hint: "UserKnownHostsFile of ~/.ssh/config names another file",
      cause: error,
    });
  }
}

function refuseLocal(nodes: readonly Node[]): void {
  const local = nodes.find(({ settings }) => settings.transport === "local");
  if (local)
    throw new UserError(`${local.name} is this machine: it has no host key to trust`, { exitCode: exitCodes.usage });
}
