import type { Command } from "commander";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { type SshRoute, withSshRoute } from "../operations/ssh-route.ts";
import { clean } from "../render/clean.ts";
import { renderSilence } from "../render/silence.ts";
import type { Context } from "./context.ts";
import type { NodeFlags } from "./node-option.ts";
import { parseWhole } from "./parse-whole.ts";

/** How to log in to a guest. */
export interface LoginFlags {
  readonly login?: string;
  readonly port?: number;
  readonly identity?: string;
  readonly option?: readonly string[];
}

/** Adds what `ssh` and `cp` hand on. */
export function addLoginOptions(command: Command): Command {
  const collect = (value: string, previous: readonly string[] = []) => [...previous, value];
  return command
    .option("-l, --login <user>", "log in as this user; also USER@GUEST (default: root)")
    .option("-P, --port <n>", "port of the guest's ssh server (default: 22)", parseWhole)
    .option("-i, --identity <file>", "private key")
    .option("-o, --option <key=value>", "a setting of ssh_config; may be repeated", collect);
}

/** `USER@GUEST`, taken apart; a group's `@` stays where it is. */
function splitLogin(text: string): { readonly user?: string; readonly guest: string } {
  const [, user, guest] = /^([A-Za-z_][\w.-]*)@(.+)$/s.exec(text) ?? [];
  return user === undefined || guest === undefined ? { guest: text } : { user, guest };
}

/** Arguments that ssh and scp understand alike; the first value of a setting holds. */
function loginArguments(
  { env }: Pick<Context, "env">,
  flags: LoginFlags,
  user: string | undefined,
  options: readonly string[],
): readonly string[] {
  const config = env["MCLU_SSH_CONFIG"] || undefined;
  return [
    ...(config === undefined ? [] : ["-F", config]),
    ...(flags.option ?? []).flatMap((setting) => ["-o", setting]),
    ...options,
    ...["-o", `User=${user ?? flags.login ?? "root"}`],
    ...(flags.identity === undefined ? [] : ["-i", flags.identity]),
  ];
}

/** Says which nodes did not answer, and why ssh is going to ask about the guest's host key, where it is. */
function sayRoute({ terminal, warnings }: Context, { nodes, doubt }: SshRoute): void {
  terminal.err(renderSilence(nodes, warnings));
  if (doubt !== null) terminal.err(`${warnings.warn("warning:")} ${clean(doubt)}: look at its host key\n`);
}

/**
 * Calls `use` while there is a way to the guest that `target` names, `USER@` before it or not.
 * @param use is given the guest as a host for ssh and scp, and the options that lead there
 */
export function withLogin(
  context: Context,
  cluster: Cluster,
  target: string,
  flags: LoginFlags & NodeFlags,
  use: (host: string, options: readonly string[]) => Promise<number>,
): Promise<number> {
  const { user, guest } = splitLogin(target);
  const { signal, self } = context;
  const how = { nodes: flags.node, port: flags.port, connector: connectorOf(self), signal };
  return withSshRoute(cluster, guest, how, (route) => {
    sayRoute(context, route);
    return use(route.host, loginArguments(context, flags, user, route.options));
  });
}

/** Runs ssh or scp; gives its exit code. Rejects with UserError where there is none. */
export async function runSsh({ terminal, signal }: Context, argv: readonly string[]): Promise<number> {
  try {
    return (await terminal.run(argv, signal)) ?? exitCodes.interrupted;
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    throw new UserError(`${argv[0]} cannot be run: ${said}`, { hint: `command -v ${argv[0]}`, cause: error });
  }
}

/** The exit code of what hands another program's on: 255 where mclu could not run it, so that no code is taken for its. */
export async function orNotRun(work: Promise<number>): Promise<number> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode === exitCodes.usage) throw error;
    throw new UserError(error.message, { hint: error.hint, exitCode: exitCodes.notRun, cause: error });
  }
}

/** How ssh reaches the socket of the mclu that runs it. */
export function connectorOf(self: readonly string[]): readonly string[] {
  return [...self, "ssh-proxy", "--socket"];
}
