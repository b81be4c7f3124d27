import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "vitest";
import { type BuiltOptions, type BuiltResult, runBuilt } from "../support/run-built.ts";
import type { Fleet, FleetNode } from "./fleet.ts";

/** A node as `-o json` has it. */
export interface NodeRow {
  readonly node: string;
  readonly state: "on" | "off" | "failed";
  readonly reason?: string;
  readonly detail?: string;
  readonly hint?: string;
}

export type RunOptions = Omit<BuiltOptions, "env"> & { readonly env?: Readonly<Record<string, string>> };

/** An administrator of a fleet, with a home directory of their own, who types `mclu`. */
export interface FleetUser {
  readonly home: string;
  readonly knownHosts: string;
  /** The file for `ssh -F`. */
  readonly sshConfig: string;
  /** What `mclu` runs with. */
  readonly env: Readonly<Record<string, string>>;
  mclu(argv: readonly string[], options?: RunOptions): Promise<BuiltResult>;
}

export interface FleetUserOptions {
  /** Makes another mclu.conf of the fleet's. */
  readonly config?: (text: string) => string;
  /** Makes other known hosts of the fleet's. */
  readonly knownHosts?: (text: string) => string;
  /** Makes another ssh_config of the fleet's. */
  readonly sshConfig?: (text: string) => string;
  /** A test says how long the runs may take: they start from compiled code as a user's do, and count no branches. */
  readonly timed?: boolean;
}

/** A user whose files are removed with the fleet. */
export async function fleetUser(fleet: Fleet, options: FleetUserOptions = {}): Promise<FleetUser> {
  const home = await mkdtemp(join(fleet.dir, "user-"));
  const write = async (name: string, text: string) => {
    await writeFile(join(home, name), text);
    return join(home, name);
  };
  const knownHosts = await write("known_hosts", change(await readFile(fleet.knownHosts, "utf8"), options.knownHosts));
  const settings = (await readFile(fleet.sshConfig, "utf8")).replaceAll(fleet.knownHosts, knownHosts);
  const env = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    TERM: "xterm",
    MCLU_CONFIG: await write("mclu.conf", change(await readFile(fleet.configFile, "utf8"), options.config)),
    MCLU_SSH_CONFIG: await write("ssh_config", change(settings, options.sshConfig)),
    ...(options.timed ? {} : counting()),
  };
  const mclu = (argv: readonly string[], run: RunOptions = {}) =>
    runBuilt(argv, { ...run, env: { ...env, ...run.env } });
  return {
    home,
    knownHosts,
    sshConfig: env.MCLU_SSH_CONFIG,
    env,
    mclu,
  };
}

/**
 * Has the program leave a count of what it executed where `npm test` looks for it; nothing where nobody asked for one. V8
 * counts branches only in what it compiled from text.
 */
function counting(): Readonly<Record<string, string>> {
  const directory = process.env.BUILT_COVERAGE;
  return directory === undefined ? {} : { NODE_V8_COVERAGE: directory, MCLU_CODE_CACHE: "0" };
}

function change(text: string, edit: ((text: string) => string) | undefined): string {
  return edit === undefined ? text : edit(text);
}

/** What mclu may start on a node, and the sessions it came by. */
const traces = /\bsh -s\b|\bvirsh\b|\btimeout\b|\bsudo\b|sshd: .*(?:@notty|@pts|\[priv\]|\[accepted\])/;

/** Expects that within 2 s no process of a run of mclu is on these nodes. Migrations and other users would count too. */
export async function expectNothingLeft(nodes: readonly FleetNode[]): Promise<void> {
  const deadline = Date.now() + 2000;
  const look = async (node: FleetNode) => {
    const processes = (await node.enter("ps -eo args=")).split("\n");
    return processes.filter((line) => traces.test(line)).map((line) => `${node.name}: ${line}`);
  };
  let left: string[] = [];
  do left = (await Promise.all(nodes.map(look))).flat();
  while (left.length > 0 && Date.now() < deadline);
  expect(left).toEqual([]);
}

/** Machines that run tests may be slow: a bound on time is twice what a user is promised. */
export const slack = 2;
