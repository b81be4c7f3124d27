import { setMaxListeners } from "node:events";
import type { Change, ChangeAnswer } from "../libvirt/change.ts";
import type { Query } from "../libvirt/query.ts";
import type { AnswerBudget, KeptAnswer } from "./answer-budget.ts";
import { changeToShell, readChange } from "./change-script.ts";
import { asUnheard, failed, NodeError, reasonOf } from "./failure.ts";
import { localTransport } from "./local.ts";
import { refuseText } from "./refuse-text.ts";
import { makeNonce, runScript, type ScriptOptions, type ScriptOutput } from "./run-script.ts";
import { readFrames, splitFrames, stepsToShell } from "./script.ts";
import { loginCommand, type NodeSettings } from "./settings.ts";
import { createSlots } from "./slots.ts";
import { type CommandEnd, type RemoteCommand, type StreamOptions, streamCommand } from "./stream-command.ts";
import type { ConnectOptions, Transport, TransportUse } from "./transport.ts";
import { untilAborted } from "./until-aborted.ts";
import { refuseFailed, refuseInterrupted } from "./virsh-failure.ts";

export interface AskOptions extends Partial<ConnectOptions> {
  /** Seconds the node may take; default the node's read-timeout. */
  readonly seconds?: number;
  /**
   * It changes nothing, so that it may be asked twice: where the connection of an earlier question turns out to be lost,
   * a new one says what the node is now.
   */
  readonly repeatable?: boolean;
}

/** Connects to a node; how is the business of whoever opens the cluster. */
export type Connect = (settings: NodeSettings, options: ConnectOptions) => Promise<Transport>;

/** Guests of a node that are changed at once: sshd allows ten sessions, and questions want some of them. */
const changesAtOnce = 4;

/** One libvirt host. The connection is opened by the first question and kept until `close`. */
export class Node {
  readonly settings: NodeSettings;
  readonly #connect: Connect;
  readonly #changes = createSlots(changesAtOnce);
  #transport: Promise<Transport> | undefined;
  #use: TransportUse | undefined;
  readonly #budget: AnswerBudget | undefined;
  #kept: KeptAnswer[] = [];
  /** Questions, changes and commands that are under way. */
  #uses = 0;
  /** Questions and changes among them, the oldest first; milliseconds of `performance.now()`. */
  readonly #owed = new Set<{ readonly since: number }>();
  /** Of connections that serve nobody any more. */
  #closing: Promise<unknown> = Promise.resolve();

  /** @param budget what its answers share with those of other nodes; without one each answer has its own */
  constructor(settings: NodeSettings, connect: Connect, budget?: AnswerBudget) {
    this.settings = settings;
    this.#connect = connect;
    this.#budget = budget;
  }

  get name(): string {
    return this.settings.name;
  }

  /** What the last connection was made with, and why; undefined before there was one. */
  get transportUse(): TransportUse | undefined {
    return this.settings.transport === "local" ? localTransport.use : this.#use;
  }

  /** The connection, opened once. Rejects with NodeError. */
  transport({ patient = false, signal }: Partial<ConnectOptions> = {}): Promise<Transport> {
    if (this.settings.transport === "local") return Promise.resolve(localTransport);
    if (!this.#transport) {
      const opening = this.#connect(this.settings, { patient, signal });
      this.#transport = opening;
      // a failure is not kept: the next question (`status --watch`) tries again
      opening.then(
        ({ use }) => {
          this.#use = use;
        },
        () => this.#forget(opening),
      );
    }
    return this.#transport;
  }

  /** Asks libvirt on the node. Rejects with NodeError, also when the answer makes no sense (`protocol`). */
  async ask<T>(query: Query<T>, options: AskOptions = {}): Promise<T> {
    const { uri, become, readTimeout } = this.settings;
    const seconds = options.seconds ?? readTimeout;
    const nonce = makeNonce();
    const script = stepsToShell(query.steps, { uri, nonce, seconds });
    const login = loginCommand(this.settings);
    const how = { become, deadline: seconds + 3, signal: options.signal, login, budget: this.#budget };
    const output = await this.#runAgain(script, nonce, how, options);
    try {
      const value = this.#read(query, output, nonce);
      this.#kept.push(output.kept);
      return value;
    } catch (error) {
      output.kept.release();
      throw error;
    }
  }

  #read<T>(query: Query<T>, output: ScriptOutput, nonce: string): T {
    refuseText(this.name, output.stdout);
    const answers = readFrames(output.stdout, query.steps, nonce);
    // virsh says what failed in its first line and why in its last
    const said = output.stderr.trim().split("\n").at(-1) ?? "";
    if (!answers) throw failed("protocol", "the answer has missing parts", `mclu exec ${this.name} -- virsh version`);
    for (const answer of answers) refuseFailed(this.name, answer, said);
    refuseInterrupted(this.name, output.stderr);
    try {
      return query.parse(answers);
    } catch (error) {
      // an answer that says what is the matter, and is no riddle
      if (error instanceof NodeError) throw error;
      const detail = error instanceof Error ? error.message : String(error);
      throw failed("protocol", detail, `mclu exec ${this.name} -- virsh version`, error);
    }
  }

  /**
   * Changes a guest, once the node has found that the UUID still has its name. Rejects with NodeError where nothing was
   * done, with UnheardChange where it may have been done, and with the signal's reason where it did not begin.
   */
  async change(
    change: Change,
    { signal, seconds = this.settings.changeTimeout }: AskOptions = {},
  ): Promise<ChangeAnswer> {
    const { uri, become } = this.settings;
    const nonce = makeNonce();
    let sent = false;
    const onSent = () => {
      sent = true;
    };
    const how = {
      become,
      deadline: seconds + 3,
      signal,
      login: loginCommand(this.settings),
      onSent,
      budget: this.#budget,
    };
    try {
      const script = changeToShell(change, { uri, nonce, seconds });
      const output = await this.#changes.use(() => this.#run(script, nonce, how, { patient: true, signal }), signal);
      output.kept.release();
      refuseText(this.name, output.stdout);
      const frames = splitFrames(output.stdout, nonce);
      const [guard] = frames ?? [];
      // without the guest's name nothing was begun, whatever kept the node from giving it
      if (guard && guard.code !== 0) sent = false;
      if (guard) refuseFailed(this.name, guard, (guard.texts[0] ?? "").trim().split("\n").at(-1) ?? "");
      const answer = frames && readChange(change, frames);
      if (!answer) throw failed("lost", "the answer has missing parts", "mclu status");
      return answer;
    } catch (error) {
      throw sent ? asUnheard(error, signal) : error;
    }
  }

  /**
   * Runs a command on the node, under sudo where `become` says so, and hands its output on as it arrives. Rejects with
   * NodeError when it could not be run or the connection was lost.
   */
  async stream(command: RemoteCommand, options: StreamOptions): Promise<CommandEnd> {
    const { become } = this.settings;
    const { signal } = options;
    try {
      return await this.use({ patient: true, signal }, (transport) =>
        streamCommand(transport, command, { ...options, become, login: loginCommand(this.settings) }),
      );
    } catch (error) {
      // while the connection was still being made
      if (signal?.aborted && (error instanceof NodeError || error === signal.reason)) return { kind: "interrupted" };
      throw error;
    }
  }

  /** Says that nobody needs the answers any more that were given so far: they no longer count against the budget. */
  releaseAnswers(): void {
    for (const kept of this.#kept) kept.release();
    this.#kept = [];
  }

  /** Since when a question or a change, not a mere use of the connection, has no answer: ms of `performance.now()`. */
  get owedSince(): number | undefined {
    return [...this.#owed][0]?.since;
  }

  /** Ends the connection where nothing else uses it; settles when it is gone. */
  async leave(): Promise<void> {
    if (this.#uses === 0) await this.close();
  }

  /** Ends the connection, and settles when it is gone; the next question opens another. */
  async close(): Promise<void> {
    if (this.#transport) this.#end(this.#transport);
    await this.#closing;
  }

  async #runAgain(script: string, nonce: string, how: ScriptOptions, options: AskOptions): Promise<ScriptOutput> {
    const before = this.#transport;
    try {
      return await this.#run(script, nonce, how, options);
    } catch (error) {
      const wasLost = error instanceof NodeError && reasonOf(error) === "lost" && !options.signal?.aborted;
      if (!wasLost || before === undefined || options.repeatable !== true) throw error;
      return this.#run(script, nonce, how, options);
    }
  }

  async #run(script: string, nonce: string, how: ScriptOptions, options: AskOptions): Promise<ScriptOutput> {
    const debt = { since: performance.now() };
    this.#owed.add(debt);
    try {
      return await this.use(options, (transport) => runScript(transport, script, nonce, how));
    } finally {
      this.#owed.delete(debt);
    }
  }

  /** Uses the connection, which stays for so long. Rejects with NodeError as `transport` does. */
  async use<T>(options: Partial<ConnectOptions>, work: (transport: Transport) => Promise<T>): Promise<T> {
    // every node listens to the one signal of a run: more than ten are no leak, of which Node would warn on stderr
    if (options.signal) setMaxListeners(0, options.signal);
    const opening = this.transport(options);
    this.#uses++;
    try {
      // whatever the connection waits for: whoever interrupts does not
      return await work(await (options.signal ? untilAborted(options.signal, opening) : opening));
    } catch (error) {
      // a connection that was lost or is frozen serves nobody again
      const reason = error instanceof NodeError ? reasonOf(error) : undefined;
      if (reason === "lost" || reason === "slow") this.#end(opening);
      throw error;
    } finally {
      this.#uses--;
    }
  }

  #end(opening: Promise<Transport>): void {
    this.#forget(opening);
    const ended = opening.then((transport) => transport.close()).catch(() => undefined);
    this.#closing = Promise.all([this.#closing, ended]);
  }

  #forget(opening: Promise<Transport>): void {
    if (this.#transport === opening) this.#transport = undefined;
  }
}
