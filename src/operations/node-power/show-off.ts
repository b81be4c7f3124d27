import type { Cluster } from "../../cluster/cluster.ts";
import { commandLine } from "../../node/shell.ts";
import { commandsOf, commandsOfMoves, type ShownCommand } from "../show-commands.ts";
import { offTargets, type PreparedOff } from "./off-plan.ts";

/** What a plan runs on its nodes, node by node, as one would type it there. */
export function commandsOfOff(cluster: Cluster, { plan, drains }: PreparedOff): readonly ShownCommand[] {
  const targets = offTargets(plan);
  const moves = targets.flatMap(({ node }) => commandsOfMoves(cluster, drains.get(node)?.moves ?? []));
  const rest = targets.flatMap(({ node, stops }) => {
    const { uri, become } = cluster.node(node).settings;
    const sudo = become === "sudo" ? ["sudo", "-n"] : [];
    const look = commandLine([...sudo, "virsh", "-q", "-c", uri, "-r", "list", "--name"]);
    return [
      ...commandsOf(cluster, { verb: "stop", asks: false, targets: stops, nodes: [] }),
      { node, command: `${look}   # goes on where no guest runs` },
      { node, command: `${commandLine([...sudo, "systemctl", "poweroff"])}   # poweroff, where systemd does not run` },
    ];
  });
  return [...moves, ...rest];
}
