import type { Readable } from "node:stream";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { failed, type NodeError } from "../node/failure.ts";
import type { Node } from "../node/node.ts";
import type { RemoteCommand } from "../node/stream-command.ts";
import type { Silence } from "./silence.ts";

export type OutputStream = "stdout" | "stderr";

/** What a command did on one node. A node that was lost in the middle keeps what it said until then. */
export type ExecResult = { readonly node: string; readonly stdout: string; readonly stderr: string } & (
  | { readonly state: "exited"; readonly exitCode: number }
  /** Ended by us, at the deadline or because the user interrupted. */
  | { readonly state: "deadline" | "interrupted"; readonly exitCode: null }
  | (Silence & { readonly exitCode: null })
);

export interface ExecReport {
  readonly command: readonly string[];
  readonly nodes: readonly ExecResult[];
}

export interface ExecOptions {
  /** Node names and @groups; none: every node. */
  readonly nodes: readonly string[];
  /** For the command; only where one node is meant. */
  readonly stdin?: Readable | undefined;
  /** Seconds. */
  readonly timeout?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Gets the output as it comes instead of the report; the node waits for the promise. */
  readonly onOutput?: ((node: string, stream: OutputStream, chunk: Buffer) => Promise<void> | undefined) | undefined;
  readonly onSettled?: ((result: ExecResult) => void) | undefined;
}

/**
 * Runs a command on nodes at once: several words exactly as they are, a single one as a line for `sh` there.
 * An interruption keeps what arrived. Output that a report has no room for makes its node fail (`protocol`).
 */
export async function exec(cluster: Cluster, words: readonly string[], options: ExecOptions): Promise<ExecReport> {
  const nodes = cluster.select(options.nodes);
  if (options.stdin && nodes.length !== 1)
    throw new UserError("stdin can go to one node only", {
      hint: "mclu exec -i NODE -- COMMAND, once for each node",
      exitCode: exitCodes.usage,
    });
  const command = remoteCommand(words);
  const heard = new Map(nodes.map((node) => [node.name, collector(cluster, node, options)]));
  const toResult = (answer: Awaited<ReturnType<typeof ask>>[number]): ExecResult => {
    const { said = { stdout: "", stderr: "" }, failure } = heard.get(answer.node)?.end() ?? {};
    const outcome = failure ? { node: answer.node, ...failure.silence } : answer;
    // cut off by us while it was connected to
    if (outcome.state === "failed" && options.signal?.aborted)
      return { node: outcome.node, ...said, state: "interrupted", exitCode: null };
    if (outcome.state !== "on") return { ...outcome, ...said, exitCode: null };
    const { node, value } = outcome;
    if (value.kind === "exit") return { node, ...said, state: "exited", exitCode: value.code };
    return { node, ...said, state: value.kind, exitCode: null };
  };
  // the signal is not the fan-out's: interrupted nodes have an outcome as well
  const ask = () =>
    cluster.ask(nodes, (node) => node.stream(command, streamOptions(node)), {
      onSettled: (outcome) => options.onSettled?.(toResult(outcome)),
    });
  const streamOptions = (node: Node) => {
    const { sink = () => () => undefined } = heard.get(node.name) ?? {};
    const { stdin, timeout, signal } = options;
    return { onStdout: sink("stdout"), onStderr: sink("stderr"), stdin, timeout, signal };
  };
  try {
    return { command: words, nodes: (await ask()).map(toResult) };
  } finally {
    for (const { release } of heard.values()) release();
  }
}

function remoteCommand(words: readonly string[]): RemoteCommand {
  const [only] = words;
  if (only === undefined)
    throw new UserError("no command to run", { hint: "mclu exec NODE... -- COMMAND", exitCode: exitCodes.usage });
  return words.length === 1 ? { shell: only } : { argv: words };
}

/** Keeps a node's output, or hands it on. */
function collector(cluster: Cluster, node: Node, { onOutput }: ExecOptions) {
  const kept = { stdout: cluster.keepAnswer(), stderr: cluster.keepAnswer() };
  let failure: NodeError | undefined;
  for (const stream of Object.values(kept))
    stream.givenUp.then((reason) => {
      failure = failed("protocol", reason, `mclu exec --raw ${node.name} -- COMMAND`);
    });
  const read = () => {
    const said = { stdout: kept.stdout.text(), stderr: kept.stderr.text() };
    for (const stream of Object.values(kept)) stream.settle();
    return said;
  };
  let said: ReturnType<typeof read> | undefined;
  return {
    sink: (stream: OutputStream) => (chunk: Buffer) => {
      if (onOutput) return onOutput(node.name, stream, chunk);
      // ends the command
      if (failure) throw failure;
      kept[stream].add(chunk);
      return undefined;
    },
    /** What it said until now, and why that is not all; nothing more is kept. */
    end() {
      said ??= read();
      return { said, failure };
    },
    release() {
      for (const stream of Object.values(kept)) stream.release();
    },
  };
}

/**
 * The largest remote exit code; 255 where the command did not run or did not come to its end. A node that is off counts
 * only where it was named, or where nothing ran at all.
 */
export function execExitCode({ nodes }: ExecReport, named: readonly string[]): number {
  if (nodes.some(({ state }) => state === "interrupted")) return exitCodes.interrupted;
  const counted = nodes.filter(({ node, state }) => state !== "off" || named.includes(node));
  if (counted.length === 0) return 255;
  return Math.max(...counted.map(({ exitCode }) => exitCode ?? 255));
}
