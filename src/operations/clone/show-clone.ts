import type { Cluster } from "../../cluster/cluster.ts";
import { commandLine } from "../../node/shell.ts";
import { lastCommands, partOf } from "../guest-stages.ts";
import type { ShownCommand } from "../show-commands.ts";
import { cloneCommands } from "./clone-commands.ts";
import type { ClonePlan } from "./clone-plan.ts";

/** What the jobs of a plan run on their nodes, in order. ID stands for each job's own. */
export function commandsOfClone(cluster: Cluster, { targets }: ClonePlan): readonly ShownCommand[] {
  return targets.flatMap((target) => {
    const { node, disks, nvram, start, name } = target;
    const { uri } = cluster.node(node).settings;
    const part = (path: string) => partOf(path, { id: "ID" });
    const commands = cloneCommands(target, { id: "ID", uri, partOf: part, script: "jobs/ID/files/identity" });
    const files = [...disks, ...(nvram ? [nvram] : [])];
    const all = [
      ...commands.base,
      ...commands.disks,
      ...[commands.nvram, commands.identity].filter((argv) => argv.length > 0),
      ...lastCommands(
        { name, uri, start },
        files.map(({ path }) => path),
      ),
    ];
    return all.map((argv) => ({ node, command: commandLine(argv) }));
  });
}
