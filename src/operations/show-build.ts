import type { Cluster } from "../cluster/cluster.ts";
import { commandLine } from "../node/shell.ts";
import { buildCommands } from "../template/build-commands.ts";
import { ownCommands } from "../template/delivery.ts";
import { fetchedTo } from "./build-job.ts";
import { lastCommands, partOf } from "./guest-stages.ts";
import type { PreparedBuild } from "./prepare-build.ts";
import type { ShownCommand } from "./show-commands.ts";

/**
 * What the jobs of a build run on their nodes, in order; ID stands for each job's own. What is in the file of steps is
 * said behind the command that reads it, passwords as `***`.
 */
export function commandsOfBuild(
  cluster: Cluster,
  { plan, recipe, hosts }: Pick<PreparedBuild, "plan" | "recipe" | "hosts">,
): readonly ShownCommand[] {
  return plan.targets.flatMap((target, index) => {
    const { node, name, disk, format, size, keys, start } = target;
    const { uri, become } = cluster.node(node).settings;
    const host = hosts[index]?.host;
    if (!host) throw new Error("no such target");
    const commandsFile = "jobs/ID/files/commands";
    const output = partOf(disk, { id: "ID" });
    const places = { output, format, size, commandsFile, ...fetchedTo({ ...host, id: "ID" }) };
    const steps = [
      ...ownCommands(recipe.steps, name),
      ...plan.steps,
      ...keys.map(({ fingerprint }) => `ssh-inject root:${fingerprint}`),
    ];
    const sudo = become === "sudo" ? ["sudo", "-n"] : [];
    const shown = (argv: readonly string[]) => {
      const reads = argv.includes(commandsFile) ? `   # ${commandsFile}: ${steps.join("; ")}` : "";
      return { node, command: `${commandLine([...sudo, ...argv])}${reads}` };
    };
    const made = buildCommands(recipe, places).flatMap(({ typed }) => typed);
    return [...made, ...lastCommands({ name, uri, start }, [disk])].map(shown);
  });
}
