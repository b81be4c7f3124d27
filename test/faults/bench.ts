import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import type { Fleet } from "../fleet/fleet.ts";
import {
  type FleetUser,
  type FleetUserOptions,
  fleetUser,
  type NodeRow,
  type RunOptions,
  slack,
} from "../fleet/fleet-user.ts";
import type { BuiltResult } from "../support/run-built.ts";
import { screenText } from "../support/screen.ts";
import { expectNoFileLeft, expectNoProcessLeft, marker } from "./client-leftovers.ts";

/** Wide enough for paths. */
export const wideTerminal = { columns: 160, rows: 24 };

/** How Node's readline draws its line: at the left edge, cleared, the cursor behind it. */
const readline = /\x1b\[1G|\x1b\[0J|\x1b\[\d+G/g;

/** Milliseconds for two programs to start at once on a machine that is busy with other things. */
const startAllowance = 4000;

/** The run that stands for a case, and what the table says of it. */
export interface Survived {
  readonly argv: readonly string[];
  readonly result: BuiltResult;
  readonly reason?: string | undefined;
  readonly hint?: string | undefined;
}

/** What mclu must say of a broken node when it is asked for that node alone. */
export interface Expected {
  readonly state: NodeRow["state"];
  readonly reason?: string;
  readonly detail?: RegExp;
  readonly hint?: RegExp;
  /** Default: 0 for a node that is on, else 5. */
  readonly code?: number;
  /** Seconds it may take at most, on an idle machine. */
  readonly seconds: number;
  /** The two runs come one after the other, because each would disturb the other. */
  readonly alone?: boolean;
}

export interface BenchRun extends RunOptions {
  /** Milliseconds a run may stay after its last output; default 300. */
  readonly lingers?: number;
}

/** An administrator for one case, with files and directories of their own, and what is checked of every run of theirs. */
export class Bench {
  readonly fleet: Fleet;
  readonly user: FleetUser;
  readonly #id = randomUUID();
  // short: a socket's path has 108 characters
  readonly #temporary = mkdtempSync("/tmp/fault-");
  readonly #undo: (() => unknown)[] = [];

  private constructor(fleet: Fleet, user: FleetUser) {
    this.fleet = fleet;
    this.user = user;
  }

  static async open(fleet: Fleet, options?: FleetUserOptions): Promise<Bench> {
    return new Bench(fleet, await fleetUser(fleet, { ...options, timed: true }));
  }

  get home(): string {
    return this.user.home;
  }

  /** What runs have in their environment besides the fleet's. */
  get env(): Readonly<Record<string, string>> {
    const xdg = (name: string) => join(this.home, name);
    return {
      [marker]: this.#id,
      TMPDIR: this.#temporary,
      XDG_CACHE_HOME: xdg("cache"),
      XDG_STATE_HOME: xdg("state"),
      XDG_CONFIG_HOME: xdg("config"),
      XDG_RUNTIME_DIR: this.#temporary,
    };
  }

  /**
   * Runs the built program, and expects that it ends soon after its last word and leaves the terminal as it was. With a
   * terminal, stdout is what stands on it then.
   */
  async mclu(argv: readonly string[], { lingers = 300, ...options }: BenchRun = {}): Promise<BuiltResult> {
    const result = await this.user.mclu(argv, { ...options, env: { ...this.env, ...options.env } });
    expect(result.afterOutput).toBeLessThan(lingers * slack);
    if (!options.pty) return result;
    expect(result.stderr).toBe("");
    const { stdout } = result;
    expect(stdout.lastIndexOf("\x1b[?25h")).toBeGreaterThanOrEqual(stdout.lastIndexOf("\x1b[?25l"));
    const { columns, rows } = options.pty;
    return { ...result, stdout: screenText(stdout.replaceAll(readline, ""), columns, rows) };
  }

  /**
   * `status` of one node, for people and as JSON, at once: both must say what is expected. `flags` are global ones.
   * The JSON has what the table says; the text is what is shown.
   */
  async ask(node: string, expected: Expected, flags: readonly string[] = [], options?: BenchRun): Promise<Survived> {
    const argv = [...flags, "status", node];
    const text = () => this.mclu(argv, options);
    const json = () => this.mclu([...argv, "-o", "json"], options);
    const runs = expected.alone ? [await text(), await json()] : await Promise.all([text(), json()]);
    return judge(argv, runs, node, expected);
  }

  /** Resolves when so many of mclu's virsh run on a node. */
  async virshRuns(node: string, count = 1): Promise<void> {
    const look = `until [ "$(pgrep -cx virsh)" -ge ${count} ]; do sleep 0.02; done`;
    await this.fleet.node(node).enter(`timeout 20 sh -c '${look}'`);
  }

  /** Undone when the case is over, whatever came of it; the last first. */
  undo(work: () => unknown): void {
    this.#undo.push(work);
  }

  /** Expects that nothing of this case's runs is left on this machine. */
  async expectNothingLeft(): Promise<void> {
    await expectNoProcessLeft(this.#id);
    expectNoFileLeft(this.#temporary, this.home);
  }

  async close(): Promise<void> {
    rmSync(this.#temporary, { recursive: true, force: true });
    for (const work of this.#undo.reverse()) await work();
  }
}

function judge(
  argv: readonly string[],
  [text, json]: readonly BuiltResult[],
  node: string,
  expected: Expected,
): Survived {
  if (!text || !json) return expect.fail("two runs are one question");
  const row = rowOf(json, node);
  expectRow(row, node, expected);
  expectText(text.stdout, row);
  for (const result of [text, json]) {
    expect(result.code).toBe(expected.code ?? (expected.state === "on" ? 0 : 5));
    expect(result.ms).toBeLessThan(expected.seconds * 1000 * slack + startAllowance);
  }
  return { argv, result: text, reason: row.reason, hint: row.hint };
}

/** A node's row of `status -o json`. */
export function rowOf(result: BuiltResult, node: string): NodeRow {
  const { nodes } = JSON.parse(result.stdout || '{"nodes":[]}') as { nodes: NodeRow[] };
  const row = nodes.find((each) => each.node === node);
  if (row === undefined) return expect.fail(`no row for ${node}: ${result.stdout}${result.stderr}`);
  return row;
}

function expectRow(row: NodeRow, node: string, { state, reason, detail, hint }: Expected): void {
  expect(row).toMatchObject({
    node,
    state,
    ...(reason && { reason }),
    ...(detail && { detail: expect.stringMatching(detail) }),
    ...(hint && { hint: expect.stringMatching(hint) }),
  });
}

function expectText(text: string, { node, state, reason, hint }: NodeRow): void {
  const [first, second] = text.split("\n");
  expect(first).toBe(`${node.padEnd(24)} ${state === "failed" ? `failed: ${reason}` : state}`);
  if (state === "failed") expect(second?.trim()).toBe(`try: ${hint}`);
}
