import { hostname } from "node:os";
import { type Command, Option } from "commander";
import { currentAccount, homeDirectory } from "../account.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { type ExitCode, exitCodes, UserError, worstExitCode } from "../errors.ts";
import { build, buildExitCode } from "../operations/build.ts";
import type { BuildResult } from "../operations/build-result.ts";
import { numberedNames } from "../operations/guest-name.ts";
import { type GivenStep, loadTemplate, stepOptions } from "../operations/load-template.ts";
import { type PreparedBuild, prepareBuild } from "../operations/prepare-build.ts";
import { wait } from "../operations/wait.ts";
import { buildListing, renderBuildPlan, renderBuildProblems } from "../render/build.ts";
import { clean } from "../render/clean.ts";
import { jobProgress } from "../render/job-progress.ts";
import { renderJson } from "../render/json.ts";
import { type OutputOptions, renderListing } from "../render/output.ts";
import { renderSilence } from "../render/silence.ts";
import { parseSize } from "../size.ts";
import { readNetwork } from "../values.ts";
import type { Context } from "./context.ts";
import { addNodeOption } from "./node-option.ts";
import { addListingOptions } from "./output-options.ts";
import { parseSeconds } from "./parse-seconds.ts";
import { parseWhole } from "./parse-whole.ts";

interface BuildFlags extends OutputOptions {
  readonly node?: readonly string[];
  readonly count?: number;
  readonly memory?: number;
  readonly vcpus?: number;
  readonly size?: number;
  readonly network?: ReturnType<typeof readNetwork>;
  readonly start: boolean;
  readonly login: boolean;
  readonly force?: boolean;
  readonly detach?: boolean;
  readonly dryRun?: boolean;
  readonly wait?: "ip" | "ssh";
  readonly waitTimeout: number;
}

const help = `
Examples:
  mclu build debian-12 web1
  mclu build debian-12 ham1/db1 --memory 8G --vcpus 4 --size 100G
  mclu build debian-12 web --count 3 --install nginx --upload index.html:/var/www/html/index.html
  mclu build debian-12 web1 --dry-run

The node with the highest score takes the guest (see: mclu place); NODE/HOSTNAME or --node chooses. Your agent's keys, or
those of ~/.ssh, open it as root. Ctrl-C cancels, and leaves nothing behind; a build whose client dies goes on.

Every step of virt-customize is an option as well: --install, --run-command, --upload, --write, --firstboot-command,
--copy-in, --timezone, --root-password and so on. They run after the template's own, in the order given.`;

export function registerBuild(program: Command, context: Context): void {
  const steps: GivenStep[] = [];
  const command = program
    .command("build")
    .alias("create")
    .argument("<template>", "a template: mclu template list")
    .argument("<hostname...>", "HOSTNAME or NODE/HOSTNAME")
    .description("build guests from a template, and start them")
    .option("--count <n>", "so many guests: HOSTNAME1, HOSTNAME2 ...", parseWhole)
    .option("--memory <size>", "instead of the template's", parseSize)
    .option("--vcpus <n>", "instead of the template's", parseWhole)
    .option("--size <size>", "of the disk, instead of the template's", parseSize)
    .option("--network <network>", "NETWORK or bridge:BR", readNetwork)
    .option("--no-start", "leave the guest shut off")
    .option("--no-login", "build it though nobody could log in")
    .option("--detach", "do not wait for the build")
    .addOption(new Option("--wait <what>", "fail where the guest has no address, or no sshd").choices(["ip", "ssh"]))
    .option("--wait-timeout <seconds>", "how long to wait for that", parseSeconds, 60)
    .option("--force", "go on while a node that failed may have a guest of the name")
    .option("--dry-run", "print the plan and do nothing")
    .addHelpText("after", help);
  addListingOptions(addNodeOption(command));
  for (const { name, value } of stepOptions) {
    const option = new Option(value === null ? `--${name}` : `--${name} <value>`).hideHelp();
    command.addOption(option);
    command.on(`option:${name}`, (given: string | null) => steps.push({ name, value: value === null ? null : given }));
  }
  command.action(async (template: string, names: string[], flags: BuildFlags) => {
    const { terminal, style, warnings } = context;
    const code = await context.withCluster(async (cluster) => {
      const prepared = await prepare(cluster, context, { template, names, steps }, flags);
      terminal.err(renderSilence(prepared.plan.nodes, warnings));
      if (flags.dryRun) {
        const isJson = flags.output === "json";
        terminal.out(isJson ? renderJson("build-plan", prepared.plan) : renderBuildPlan(prepared.plan, style));
        return exitCodes.done;
      }
      for (const { node, name, notes } of prepared.plan.targets)
        for (const note of notes) terminal.err(`${warnings.dim("note:")} ${clean(`${node}/${name}: ${note}`)}\n`);
      return apply(cluster, context, prepared, flags);
    });
    context.finish(code);
  });
}

async function prepare(
  cluster: Cluster,
  { env, signal, configuration }: Context,
  {
    template,
    names,
    steps,
  }: { readonly template: string; readonly names: readonly string[]; readonly steps: GivenStep[] },
  flags: BuildFlags,
): Promise<PreparedBuild> {
  const { node, count, memory, vcpus, size, network, start, login, force = false } = flags;
  if (flags.wait !== undefined && (!start || flags.detach))
    throw new UserError(`--wait ${flags.wait} wants a guest that is started and waited for`, {
      hint: "leave --no-start and --detach out",
      exitCode: exitCodes.usage,
    });
  return prepareBuild(cluster, {
    template: await loadTemplate(cluster.config, template, { steps, cwd: configuration().cwd }),
    guests: count === undefined ? names : names.flatMap((name) => numberedNames(name, count)),
    nodes: node,
    memory,
    vcpus,
    size,
    network,
    start,
    noLogin: !login,
    force,
    keys: { agent: env.SSH_AUTH_SOCK, home: homeDirectory(env) },
    signal,
  });
}

async function apply(
  cluster: Cluster,
  context: Context,
  prepared: PreparedBuild,
  flags: BuildFlags,
): Promise<ExitCode> {
  const { terminal, style, warnings, signal } = context;
  const placeOf = ({ node, name }: { readonly node: string; readonly name: string }) => `${node}/${name}`;
  // a cancelled job has 10 s to end its processes, and then undoes what it made
  context.takeTime(60_000);
  const progress = jobProgress(terminal, prepared.plan.targets.map(placeOf));
  const { results, warnings: problems } = await build(cluster, prepared, {
    client: `${currentAccount().user}@${hostname()}`,
    detach: flags.detach,
    signal,
    onEvent: (target, event) => progress.event(placeOf(target), event),
  }).finally(() => progress.done());
  const awaited = await Promise.all(results.map((result) => withAddress(cluster, result, flags, signal)));
  terminal.out(renderListing(buildListing({ results: awaited }), flags, style));
  terminal.err(renderBuildProblems(awaited, warnings));
  for (const problem of problems) terminal.err(`${warnings.warn("warning:")} ${clean(problem)}\n`);
  if (signal.aborted) return exitCodes.interrupted;
  return worstExitCode([buildExitCode({ results: awaited })]);
}

/** A guest that was built and started, with its address; the wait counts. */
async function withAddress(
  cluster: Cluster,
  result: BuildResult,
  flags: BuildFlags,
  signal: AbortSignal,
): Promise<BuildResult> {
  const { node, uuid, outcome, exitCode } = result;
  if (outcome !== "built" || exitCode !== exitCodes.done || uuid === null || !flags.start || signal.aborted)
    return result;
  const begun = performance.now();
  const passed = () => result.seconds + (performance.now() - begun) / 1000;
  try {
    const goal = { for: flags.wait ?? ("ip" as const), timeout: flags.waitTimeout, signal };
    const { address } = await wait(cluster, `${node}/${uuid}`, goal);
    return { ...result, address, seconds: passed() };
  } catch (error) {
    if (signal.aborted) return result;
    if (!(error instanceof UserError)) throw error;
    const code = flags.wait === undefined ? exitCodes.done : exitCodes.deadline;
    return { ...result, seconds: passed(), detail: error.message, hint: error.hint ?? null, exitCode: code };
  }
}
