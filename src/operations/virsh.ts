import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import type { Node } from "../node/node.ts";
import { commandLine } from "../node/shell.ts";
import { onlyClosest } from "../suggest.ts";
import { type ExecResult, exec, type OutputStream } from "./exec.ts";
import { findGuests } from "./find-guest.ts";

export interface VirshOptions {
  readonly signal?: AbortSignal | undefined;
  /** Gets the output as it comes. */
  readonly onOutput: (stream: OutputStream, chunk: Buffer) => Promise<void> | undefined;
  /** Told what is going to run, before it does. */
  readonly onCommand?: ((node: string, argv: readonly string[]) => void) | undefined;
}

/**
 * virsh on a node, as its arguments are; or about one guest, whose UUID then follows virsh's own command word:
 * `domblklist --details` becomes `domblklist UUID --details`.
 * Throws UserError: exit 4 for a name that nothing has, that several guests have, or that is a node's and a guest's.
 */
export async function virsh(
  cluster: Cluster,
  target: string,
  args: readonly string[],
  options: VirshOptions,
): Promise<ExecResult> {
  const { node, argv } = await resolve(cluster, target, args, options.signal);
  const full = ["virsh", "-c", node.settings.uri, ...argv];
  options.onCommand?.(node.name, full);
  const report = await exec(cluster, full, {
    nodes: [node.name],
    signal: options.signal,
    onOutput: (_node, stream, chunk) => options.onOutput(stream, chunk),
  });
  const [result] = report.nodes;
  if (!result) throw new Error("exec on one node gives one result");
  return result;
}

/** A command as a user would type it. */
export function showCommand(argv: readonly string[]): string {
  return commandLine(argv);
}

async function resolve(
  cluster: Cluster,
  target: string,
  args: readonly string[],
  signal: AbortSignal | undefined,
): Promise<{ readonly node: Node; readonly argv: readonly string[] }> {
  const node = cluster.nodes.find(({ name }) => name === target);
  if (node) {
    await refuseGuestNamedAsNode(cluster, target, signal);
    return { node, argv: args };
  }
  if (target.startsWith("@"))
    throw new UserError(`virsh runs on one node, and ${target} is a group`, {
      hint: `mclu exec ${target} -- virsh ${commandLine(args)}`,
      exitCode: exitCodes.usage,
    });
  const { guests } = await findGuests(cluster, [target], { signal }).catch((error: unknown) => {
    throw orNode(cluster, target, error);
  });
  const [guest] = guests;
  if (!guest || guests.length > 1)
    throw new UserError(`${target} is ${guests.length} guests`, {
      hint: `name one of them: ${guests.map((one) => `${one.node.name}/${one.name}`).join(", ")}`,
      exitCode: exitCodes.notFound,
    });
  return { node: guest.node, argv: withDomain(args, guest.uuid) };
}

/** For a name that no guest has and that is nearly a node's. */
function orNode({ nodes }: Cluster, target: string, error: unknown): unknown {
  const near = onlyClosest(
    target,
    nodes.map(({ name }) => name),
  );
  if (near === undefined || !(error instanceof UserError) || error.exitCode !== exitCodes.notFound) return error;
  const { message, hint, exitCode } = error;
  return new UserError(message, { hint: `did you mean the node ${near}? Or: ${hint}`, exitCode, cause: error });
}

/** A name that a node and a guest have: which of the two is meant nobody can tell. */
async function refuseGuestNamedAsNode(cluster: Cluster, name: string, signal: AbortSignal | undefined): Promise<void> {
  const found = await findGuests(cluster, [name], { signal }).catch((error: unknown) => {
    // no such guest, or on several nodes
    if (error instanceof UserError) return undefined;
    throw error;
  });
  const [guest] = found?.guests ?? [];
  if (guest)
    throw new UserError(`${name} is a node and a guest`, {
      hint: `the guest is ${guest.node.name}/${guest.name}; for the node: mclu exec ${name} -- virsh ...`,
      exitCode: exitCodes.notFound,
    });
}

/** virsh's global options that are followed by a value (virsh.c, 9.0). */
const optionsWithValue = new Set(["-c", "--connect", "-d", "--debug", "-e", "--escape", "-k", "-K", "-l", "--log"]);
const keepalive = new Set(["--keepalive-interval", "--keepalive-count"]);

/** Puts the domain after virsh's command word. Throws UserError (exit 2) where there is none. */
export function withDomain(args: readonly string[], uuid: string): readonly string[] {
  let at = 0;
  while (args[at]?.startsWith("-")) at += optionsWithValue.has(args[at] ?? "") || keepalive.has(args[at] ?? "") ? 2 : 1;
  if (at >= args.length)
    throw new UserError("no virsh command is named", {
      hint: "for instance: mclu virsh web1 -- domblklist --details",
      exitCode: exitCodes.usage,
    });
  return [...args.slice(0, at + 1), uuid, ...args.slice(at + 1)];
}
