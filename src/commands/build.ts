import { type Command, Option } from "commander";
import { homeDirectory } from "../account.ts";
import type { Cluster } from "../cluster/cluster.ts";
import { exitCodes, UserError } from "../errors.ts";
import { build } from "../operations/build.ts";
import { numberedNames } from "../operations/guest-name.ts";
import { type GivenStep, loadTemplate, stepOptions } from "../operations/load-template.ts";
import { type PreparedBuild, prepareBuild } from "../operations/prepare-build.ts";
import { commandsOfBuild } from "../operations/show-build.ts";
import { renderBuildPlan } from "../render/build.ts";
import { guestResultListing } from "../render/guest-results.ts";
import { renderJson } from "../render/json.ts";
import { renderSilence } from "../render/silence.ts";
import { parseSize } from "../size.ts";
import { readNetwork } from "../values.ts";
import { requireTerminal } from "./console.ts";
import type { Context } from "./context.ts";
import { addMakingOptions, checkWait, clientName, type MakingFlags, showMaking } from "./making.ts";
import { addPlaceOption } from "./node-option.ts";
import { addListingOptions } from "./output-options.ts";
import { parseWhole } from "./parse-whole.ts";
import { showCommands } from "./show-commands.ts";

interface BuildFlags extends MakingFlags {
  readonly node?: readonly string[];
  readonly count?: number;
  readonly memory?: number;
  readonly vcpus?: number;
  readonly size?: number;
  readonly network?: ReturnType<typeof readNetwork>;
  readonly start: boolean;
  readonly login: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
  readonly showCommands?: boolean;
}

const help = `
Examples:
  mclu build debian-12 web1
  mclu build debian-12 ham1/db1 --memory 8G --vcpus 4 --size 100G
  mclu build debian-12 web --count 3 --install nginx --upload index.html:/var/www/html/index.html
  mclu build debian-12 web1 --dry-run
  mclu build debian-12 web1 --console

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
    .option("--console", "show the guest's console as soon as it runs; ^] leaves")
    .option("--force", "go on while a node that failed may have a guest of the name")
    .option("--dry-run", "print the plan and do nothing")
    .option("--show-commands", "print what runs, and where, before it does")
    .addHelpText("after", help);
  addListingOptions(addPlaceOption(addMakingOptions(command)), guestResultListing("build", { results: [] }));
  for (const { name, value } of stepOptions) {
    const option = new Option(value === null ? `--${name}` : `--${name} <value>`).hideHelp();
    command.addOption(option);
    command.on(`option:${name}`, (given: string | null) => steps.push({ name, value: value === null ? null : given }));
  }
  command.action(async (template: string, names: string[], flags: BuildFlags) => {
    if (flags.console) refuseConsole(context, names, flags);
    const { terminal, style, warnings } = context;
    const code = await context.withCluster(async (cluster) => {
      const prepared = await prepare(cluster, context, { template, names, steps }, flags);
      terminal.err(renderSilence(prepared.plan.nodes, warnings));
      if (flags.showCommands) showCommands(context, commandsOfBuild(cluster, prepared));
      if (flags.dryRun) {
        const isJson = flags.output === "json";
        terminal.out(isJson ? renderJson("build-plan", prepared.plan) : renderBuildPlan(prepared.plan, style));
        return exitCodes.done;
      }
      return showMaking(cluster, context, "build", prepared.plan.targets, flags, (how) =>
        build(cluster, prepared, { client: clientName(), ...how }),
      );
    });
    context.finish(code);
  });
}

/** Throws UserError (exit 2) where there is nothing that a console could be shown of, or nowhere to show it. */
function refuseConsole(context: Context, names: readonly string[], flags: BuildFlags): void {
  requireTerminal(context, "build --console");
  const several = names.length > 1 || flags.count !== undefined;
  if (several || flags.detach || !flags.start)
    throw new UserError("--console wants one guest that is started and waited for", {
      hint: several ? "name one HOSTNAME, without --count" : "leave --no-start and --detach out",
      exitCode: exitCodes.usage,
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
  checkWait(flags, start);
  return prepareBuild(cluster, {
    template: await loadTemplate(cluster.config, template, { steps, cwd: configuration().cwd, behind: names }),
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
