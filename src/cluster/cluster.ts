import type { Directories } from "../directories.ts";
import { exitCodes, UserError } from "../errors.ts";
import { AnswerBudget, type KeptAnswer } from "../node/answer-budget.ts";
import { connectNode, seeNodeHostKey } from "../node/connect.ts";
import { type Connect, Node } from "../node/node.ts";
import type { SeenHostKey, UnknownHostKey } from "../node/ssh/host-key-policy.ts";
import type { SshSession } from "../node/ssh/session.ts";
import { onlyClosest } from "../suggest.ts";
import type { ClusterConfig } from "./config.ts";
import type { Conversation } from "./conversation.ts";
import { type FanOutOptions, fanOut, type NodeOutcome } from "./fan-out.ts";
import { HostKeyAnswers } from "./host-key-answers.ts";
import type { Way } from "./way.ts";
import { commonKnownHosts, findWay, hopsOf } from "./ways.ts";

/** Most nodes that a mistake is answered with. */
const mostNamed = 100;

/** Where a connection ends. */
interface Place {
  readonly hostname: string;
  readonly port: number;
}

/** Where a node is, as ssh's configuration has it. */
interface NodeLocation extends Place {
  /** The hosts of ProxyJump, or the one that ProxyCommand plainly goes through. */
  readonly jumps: readonly Place[];
  /** Nothing is in between. */
  readonly direct: boolean;
}

export interface AskAllOptions<T> extends Omit<FanOutOptions<T>, "concurrency" | "leave"> {
  /** Nothing more is asked of the nodes. */
  readonly once?: boolean | undefined;
}

/** The nodes of one configuration, with connections that open on first use. */
export class Cluster {
  readonly config: ClusterConfig;
  readonly nodes: readonly Node[];
  /** Where what may be lost is kept. */
  readonly directories: Directories;
  readonly #session: SshSession;
  readonly #answers: HostKeyAnswers;
  readonly #budget = new AnswerBudget();

  /** @internal `openCluster` makes clusters; what a session is made of is no part of the library. */
  constructor(config: ClusterConfig, session: SshSession, directories: Directories, conversation?: Conversation) {
    this.config = config;
    this.directories = directories;
    this.#session = session;
    this.#answers = new HostKeyAnswers(session, conversation);
    const connect: Connect = (settings, how) => connectNode(session, settings, how);
    this.nodes = config.nodes.map((node) => new Node(node, connect, this.#budget));
  }

  /** What the user should know of how nodes were reached so far: one sentence each. */
  get warnings(): readonly string[] {
    return this.#session.warnings;
  }

  /** The nodes that owe an answer, in configuration order, and since when: milliseconds of `performance.now()`. */
  get awaited(): readonly { readonly name: string; readonly since: number }[] {
    return this.nodes.flatMap(({ name, owedSince }) => (owedSince === undefined ? [] : { name, since: owedSince }));
  }

  /** Throws UserError (exit 4) when there is no such node. */
  node(name: string): Node {
    const found = this.nodes.find((node) => node.name === name);
    if (found) return found;
    const names = this.nodes.map((node) => node.name);
    const near = onlyClosest(name, names);
    throw new UserError(`no node named ${name}${near === undefined ? "" : `: did you mean ${near}?`}`, {
      hint: `nodes: ${names.slice(0, mostNamed).join(" ")}${names.length > mostNamed ? " ..., see mclu node list" : ""}`,
      exitCode: exitCodes.notFound,
    });
  }

  /** Nodes by name or `@group`, in configuration order; all of them when nothing is named. */
  select(selectors: readonly string[]): readonly Node[] {
    if (selectors.length === 0) return this.nodes;
    const wanted = new Set(selectors.flatMap((selector) => this.#selected(selector)));
    return this.nodes.filter((node) => wanted.has(node));
  }

  #selected(selector: string): readonly Node[] {
    if (!selector.startsWith("@")) return [this.node(selector)];
    const group = selector.slice(1);
    const members = this.nodes.filter((node) => node.settings.groups.includes(group));
    if (members.length === 0) {
      const groups = [...new Set(this.nodes.flatMap((node) => node.settings.groups))];
      throw new UserError(`no node is in the group ${group}`, {
        hint: groups.length > 0 ? `groups: ${groups.map((name) => `@${name}`).join(" ")}` : "no group is configured",
        exitCode: exitCodes.notFound,
      });
    }
    return members;
  }

  /**
   * Asks nodes at once; outcomes in the order of the nodes. No more connections than `fanout` are open at a time: where
   * there are more nodes, each one's is closed at the end of its turn, and opened again if it is asked again; so it is
   * where they are asked `once`. Where the cluster has a conversation, host keys nobody has confirmed become one question at
   * the end, and the nodes that showed them settle after it.
   */
  async ask<T>(
    nodes: readonly Node[],
    question: (node: Node) => Promise<T>,
    options: AskAllOptions<T> = {},
  ): Promise<NodeOutcome<T>[]> {
    const unknown = new Map<string, UnknownHostKey>();
    const noting = async (node: Node) => {
      try {
        return await question(node);
      } catch (error) {
        const key = this.#answers.askableKey(error);
        if (key) unknown.set(node.name, key);
        throw error;
      }
    };
    const outcomes = await fanOut(nodes, noting, {
      ...options,
      concurrency: this.config.fanout,
      leave: this.#leave(options.once === true),
      onSettled: (outcome) => {
        if (!unknown.has(outcome.node)) options.onSettled?.(outcome);
      },
    }).finally(() => {
      for (const node of nodes) node.releaseAnswers();
    });
    if (unknown.size === 0) return outcomes;
    const shown = nodes.flatMap(({ name }) => unknown.get(name) ?? []);
    const isTrusted = await this.#answers.confirm(shown);
    options.signal?.throwIfAborted();
    const trusted = new Set([...unknown].flatMap(([name, key]) => (isTrusted(key) ? [name] : [])));
    for (const outcome of outcomes)
      if (unknown.has(outcome.node) && !trusted.has(outcome.node)) options.onSettled?.(outcome);
    // behind a jump host that is trusted now, the node itself may be the next unknown one
    const again = await this.ask(
      nodes.filter(({ name }) => trusted.has(name)),
      question,
      options,
    );
    return outcomes.map((outcome) => again.find(({ node }) => node === outcome.node) ?? outcome);
  }

  #leave(once: boolean): ((node: Node) => Promise<void>) | undefined {
    if (this.nodes.length > this.config.fanout) return (node) => node.leave();
    // farewells while others still answer: `close` waits for them
    return once ? async (node) => void node.leave() : undefined;
  }

  /** @internal Room for output that a report will hold; it is the caller's to release. */
  keepAnswer(): KeptAnswer {
    return this.#budget.open();
  }

  /** What is connected to for a node, and what is in between. Rejects with NodeError. */
  async locate({ settings }: Node): Promise<NodeLocation> {
    const own = await this.#session.resolve(settings.host, settings);
    const { hostname, port, proxyJump, proxyCommand } = own;
    const jumps = await Promise.all(hopsOf(own).map((hop) => this.#session.resolve(hop.host, hop)));
    return { hostname, port, jumps, direct: proxyJump.length === 0 && proxyCommand === undefined };
  }

  /** What the user's ssh calls the hosts of the way to a node. Rejects with NodeError. */
  wayTo({ settings }: Node): Promise<Way> {
    return findWay(this.#session, settings);
  }

  /** Where the user's ssh finds the keys of hosts that it has no settings of their own for. */
  knownHosts(): Promise<readonly string[]> {
    return commonKnownHosts(this.#session);
  }

  /** The key that a node shows, without a login. Rejects with NodeError. */
  seeHostKey(node: Node, signal?: AbortSignal): Promise<SeenHostKey> {
    return seeNodeHostKey(this.#session, node.settings, { patient: true, signal });
  }

  /** Trusts a host key for the rest of the run; `remember` also writes it down. */
  acceptHostKey(key: UnknownHostKey): void {
    this.#session.accept(key);
  }

  /** Adds a host key to the user's known_hosts. Rejects with the file system's error. */
  rememberHostKey(key: UnknownHostKey): Promise<void> {
    return this.#session.remember(key);
  }

  async close(): Promise<void> {
    this.#session.stop();
    await Promise.all(this.nodes.map((node) => node.close()));
    await this.#session.close();
  }
}
